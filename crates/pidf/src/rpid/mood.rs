use super::{NAMESPACE, Qualifiers, note_methods, qualifier_methods};
use crate::extension::tokens;
use crate::{Element, Extension, InvalidElement, Note};

/// The mood of the person, one feeling or several at once (RFC 4480 section 3.5).
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Mood {
    /// The schema asks for one at least.
    feelings: Vec<Feeling>,
    notes: Vec<Note>,
    qualifiers: Qualifiers,
}

impl Mood {
    /// A mood of these feelings, `Unknown` where there are none. Beside others it says nothing and is left out.
    pub fn new(feelings: impl IntoIterator<Item = Feeling>) -> Self {
        let mut feelings = super::known(feelings, &Feeling::Unknown);
        if feelings.is_empty() {
            feelings.push(Feeling::Unknown);
        }
        Self {
            feelings,
            notes: Vec::new(),
            qualifiers: Qualifiers::default(),
        }
    }

    /// What was stated, in order.
    pub fn feelings(&self) -> &[Feeling] {
        &self.feelings
    }

    note_methods!();
    qualifier_methods!();
}

impl Extension for Mood {
    const NAME: &'static str = "mood";
    const NAMESPACE: &'static str = NAMESPACE;

    fn from_element(element: &Element) -> Result<Self, InvalidElement> {
        Ok(Self {
            notes: element.notes(),
            qualifiers: Qualifiers::read(element)?,
            ..Self::new(super::tokens(element))
        })
    }

    fn to_element(&self) -> Element {
        super::write(self.qualifiers.element(Self::NAME), &self.notes, &self.feelings)
    }
}

/// A mood that is not known.
impl Default for Mood {
    fn default() -> Self {
        Self::new([])
    }
}

tokens! {
    /// A feeling of a person (RFC 4480 section 3.5).
    Feeling in NAMESPACE, Other {
        Afraid = "afraid",
        Amazed = "amazed",
        Angry = "angry",
        Annoyed = "annoyed",
        Anxious = "anxious",
        Ashamed = "ashamed",
        Bored = "bored",
        Brave = "brave",
        Calm = "calm",
        Cold = "cold",
        Confused = "confused",
        Contented = "contented",
        Cranky = "cranky",
        Curious = "curious",
        Depressed = "depressed",
        Disappointed = "disappointed",
        Disgusted = "disgusted",
        Distracted = "distracted",
        Embarrassed = "embarrassed",
        Excited = "excited",
        Flirtatious = "flirtatious",
        Frustrated = "frustrated",
        Grumpy = "grumpy",
        Guilty = "guilty",
        Happy = "happy",
        Hot = "hot",
        Humbled = "humbled",
        Humiliated = "humiliated",
        Hungry = "hungry",
        Hurt = "hurt",
        Impressed = "impressed",
        InAwe = "in_awe",
        InLove = "in_love",
        Indignant = "indignant",
        Interested = "interested",
        Invincible = "invincible",
        Jealous = "jealous",
        Lonely = "lonely",
        Mean = "mean",
        Moody = "moody",
        Nervous = "nervous",
        Neutral = "neutral",
        Offended = "offended",
        Playful = "playful",
        Proud = "proud",
        Relieved = "relieved",
        Remorseful = "remorseful",
        Restless = "restless",
        Sad = "sad",
        Sarcastic = "sarcastic",
        Serious = "serious",
        Shocked = "shocked",
        Shy = "shy",
        Sick = "sick",
        Sleepy = "sleepy",
        Stressed = "stressed",
        Surprised = "surprised",
        Thirsty = "thirsty",
        Unknown = "unknown",
        Worried = "worried",
    }
}
