use super::NAMESPACE;
use crate::extension::tokens;

tokens! {
    /// Who answers at a service (RFC 5196 section 3.2.19).
    Actor in NAMESPACE {
        Attendant = "attendant",
        Information = "information",
        MsgTaker = "msg-taker",
        Principal = "principal",
    }
}

tokens! {
    /// What a service is used for (RFC 5196 section 3.2.11).
    Class in NAMESPACE {
        Business = "business",
        Personal = "personal",
    }
}

tokens! {
    /// Whether a service sends, receives or does both (RFC 5196 section 3.2.12).
    Duplex in NAMESPACE {
        Full = "full",
        Half = "half",
        ReceiveOnly = "receive-only",
        SendOnly = "send-only",
    }
}

tokens! {
    /// A SIP event package that a service supports (RFC 5196 section 3.2.14).
    EventPackage in NAMESPACE {
        Conference = "conference",
        Dialog = "dialog",
        Kpml = "kpml",
        MessageSummary = "message-summary",
        PocSettings = "poc-settings",
        Presence = "presence",
        Reg = "reg",
        Refer = "refer",
        SiemensRtpStats = "Siemens-RTP-Stats",
        SpiritsIndps = "spirits-INDPs",
        SpiritsUserProf = "spirits-user-prof",
        Winfo = "winfo",
    }
}

tokens! {
    /// A SIP extension that a service supports, by its option tag, but `rel100` for `100rel` (RFC 5196 section 3.2.17).
    SipExtension in NAMESPACE {
        Rel100 = "rel100",
        EarlySession = "early-session",
        Eventlist = "eventlist",
        FromChange = "from-change",
        Gruu = "gruu",
        HistInfo = "hist-info",
        Join = "join",
        Norefersub = "norefersub",
        Path = "path",
        Precondition = "precondition",
        Pref = "pref",
        Privacy = "privacy",
        RecipientListInvite = "recipient-list-invite",
        RecipientListSubscribe = "recipient-list-subscribe",
        Replaces = "replaces",
        ResourcePriority = "resource-priority",
        SdpAnat = "sdp-anat",
        SecAgree = "sec-agree",
        Tdialog = "tdialog",
        Timer = "timer",
    }
}

tokens! {
    /// A SIP method that a service supports (RFC 5196 section 3.2.16).
    Method in NAMESPACE {
        Ack = "ACK",
        Bye = "BYE",
        Cancel = "CANCEL",
        Info = "INFO",
        Invite = "INVITE",
        Message = "MESSAGE",
        Notify = "NOTIFY",
        Options = "OPTIONS",
        Prack = "PRACK",
        Publish = "PUBLISH",
        Refer = "REFER",
        Register = "REGISTER",
        Subscribe = "SUBSCRIBE",
        Update = "UPDATE",
    }
}

tokens! {
    /// Whether a device moves (RFC 5196 section 3.3.2).
    Mobility in NAMESPACE {
        Fixed = "fixed",
        Mobile = "mobile",
    }
}
