//! Which members of a JSON object are looked at. A webhook may say a thousand things of which three are needed, and each that is
//! kept costs memory and time.

use std::fmt;

use serde::de::{Deserialize as _, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

/// What of a value is looked at.
#[derive(Debug)]
pub enum JsonMembers {
    /// All of it.
    All,
    /// Of an object, the members of these names; of anything else, nothing. Of two with the same name the last counts.
    Of(&'static [(&'static str, JsonMembers)]),
}

impl<'de> DeserializeSeed<'de> for &'static JsonMembers {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, source: D) -> Result<Value, D::Error> {
        match self {
            JsonMembers::All => Value::deserialize(source),
            JsonMembers::Of(members) => source.deserialize_any(Object(members)),
        }
    }
}

struct Object(&'static [(&'static str, JsonMembers)]);

impl<'de> Visitor<'de> for Object {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("any JSON")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut source: A) -> Result<Value, A::Error> {
        let mut found = Map::new();
        while let Some(member) = source.next_key_seed(Name(self.0))? {
            match member {
                Some((name, looked_at)) => {
                    let value = source.next_value_seed(looked_at)?;
                    found.insert((*name).to_owned(), value);
                }
                None => {
                    source.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(Value::Object(found))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut source: A) -> Result<Value, A::Error> {
        while source.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_str<E>(self, _: &str) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }
}

/// A member's name, if it is one that is looked at.
struct Name(&'static [(&'static str, JsonMembers)]);

impl<'de> DeserializeSeed<'de> for Name {
    type Value = Option<&'static (&'static str, JsonMembers)>;

    fn deserialize<D: Deserializer<'de>>(self, source: D) -> Result<Self::Value, D::Error> {
        source.deserialize_str(self)
    }
}

impl Visitor<'_> for Name {
    type Value = Option<&'static (&'static str, JsonMembers)>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a name")
    }

    fn visit_str<E>(self, name: &str) -> Result<Self::Value, E> {
        Ok(self.0.iter().find(|(known, _)| *known == name))
    }
}
