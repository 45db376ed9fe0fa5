//! The contents of a model, as a tree. The serializer of serde is handed each member with the type
//! that the client's struct declares for it, and the type's name says whether a text is an
//! enumeration or a date-time. The members that the client does not know lie in a map of their own,
//! whose keys are of another type than the names of declared members.

use std::any::type_name;
use std::collections::BTreeSet;
use std::fmt::Display;

use serde::ser::{self, Impossible, Serialize, SerializeMap, SerializeSeq, SerializeStruct};
use serde_json::{json, Map, Value};

#[derive(Debug)]
pub struct Fault(String);

impl Display for Fault {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl std::error::Error for Fault {}

impl ser::Error for Fault {
    fn custom<T: Display>(message: T) -> Self {
        Fault(message.to_string())
    }
}

pub fn read<T: Serialize + ?Sized>(value: &T) -> Result<Value, Fault> {
    value.serialize(Reader { declared: type_name::<T>() })
}

/// The names of the models in the Debug form of an answer: serde does not tell them.
pub fn models_of(text: &str) -> BTreeSet<String> {
    let begins = text.match_indices(" {").map(|(end, _)| &text[..end]);
    let is_name = |letter: char| letter.is_alphanumeric() || letter == '_';
    begins
        .filter_map(|before| before.rsplit(|letter| !is_name(letter)).next())
        .filter(|name| !name.is_empty())
        .map(str::to_string)
        .collect()
}

/// Only the Debug form tells what the client could not parse.
pub fn unparsed_of(text: &str) -> Vec<String> {
    let signs = ["_unparsed: true", "UnparsedObject {"];
    let places = signs.iter().filter_map(|sign| text.find(sign));
    places.map(|place| text[place..].chars().take(300).collect()).collect()
}

struct Reader {
    declared: &'static str,
}

macro_rules! plain {
    ($($method:ident: $kind:ty),*) => {
        $(fn $method(self, value: $kind) -> Result<Value, Fault> { Ok(json!(value)) })*
    };
}

fn none<T>() -> Result<T, Fault> {
    Err(Fault("a form that no model of the client has".to_string()))
}

impl ser::Serializer for Reader {
    type Ok = Value;
    type Error = Fault;
    type SerializeSeq = Items;
    type SerializeTuple = Impossible<Value, Fault>;
    type SerializeTupleStruct = Impossible<Value, Fault>;
    type SerializeTupleVariant = Impossible<Value, Fault>;
    type SerializeMap = Members;
    type SerializeStruct = Members;
    type SerializeStructVariant = Impossible<Value, Fault>;

    plain!(serialize_bool: bool, serialize_i8: i8, serialize_i16: i16, serialize_i32: i32,
           serialize_i64: i64, serialize_u8: u8, serialize_u16: u16, serialize_u32: u32,
           serialize_u64: u64, serialize_f32: f32, serialize_f64: f64, serialize_char: char);

    fn serialize_str(self, text: &str) -> Result<Value, Fault> {
        if self.declared.starts_with("chrono::") {
            return Ok(json!({"$time": text}));
        }
        let named = self.declared.starts_with("datadog_api_client::datadogV2::model::");
        Ok(if named { json!({"$enum": text}) } else { json!(text) })
    }

    fn serialize_bytes(self, _: &[u8]) -> Result<Value, Fault> {
        none()
    }

    fn serialize_none(self) -> Result<Value, Fault> {
        Ok(Value::Null)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<Value, Fault> {
        read(value)
    }

    fn serialize_unit(self) -> Result<Value, Fault> {
        Ok(Value::Null)
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<Value, Fault> {
        none()
    }

    fn serialize_unit_variant(self, _: &str, _: u32, _: &'static str) -> Result<Value, Fault> {
        none()
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Result<Value, Fault> {
        read(value)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: &T,
    ) -> Result<Value, Fault> {
        none()
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Items, Fault> {
        Ok(Items(vec![]))
    }

    fn serialize_tuple(self, _: usize) -> Result<Self::SerializeTuple, Fault> {
        none()
    }

    fn serialize_tuple_struct(
        self,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeTupleStruct, Fault> {
        none()
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeTupleVariant, Fault> {
        none()
    }

    /// A model with a map beside its members cannot tell its length; a map by itself does.
    fn serialize_map(self, length: Option<usize>) -> Result<Members, Fault> {
        Ok(Members { model: length.is_none(), ..Members::default() })
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Members, Fault> {
        Ok(Members::default())
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeStructVariant, Fault> {
        none()
    }
}

struct Items(Vec<Value>);

impl SerializeSeq for Items {
    type Ok = Value;
    type Error = Fault;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Fault> {
        self.0.push(read(value)?);
        Ok(())
    }

    fn end(self) -> Result<Value, Fault> {
        Ok(Value::Array(self.0))
    }
}

#[derive(Default)]
struct Members {
    model: bool,
    name: (String, bool),
    typed: Map<String, Value>,
    untyped: Map<String, Value>,
}

impl SerializeMap for Members {
    type Ok = Value;
    type Error = Fault;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Fault> {
        let declared = !self.model || type_name::<T>() == "str";
        self.name = (read(key)?.as_str().unwrap_or_default().to_string(), declared);
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Fault> {
        let (name, declared) = std::mem::take(&mut self.name);
        let members = if declared { &mut self.typed } else { &mut self.untyped };
        members.insert(name, read(value)?);
        Ok(())
    }

    fn end(mut self) -> Result<Value, Fault> {
        if !self.untyped.is_empty() {
            self.typed.insert("$untyped".to_string(), Value::Object(self.untyped));
        }
        Ok(Value::Object(self.typed))
    }
}

impl SerializeStruct for Members {
    type Ok = Value;
    type Error = Fault;

    fn serialize_field<T: Serialize + ?Sized>(
        &mut self,
        name: &'static str,
        value: &T,
    ) -> Result<(), Fault> {
        self.typed.insert(name.to_string(), read(value)?);
        Ok(())
    }

    fn end(self) -> Result<Value, Fault> {
        SerializeMap::end(self)
    }
}
