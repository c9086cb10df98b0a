//! Configuration as it is written back, without a file: a serialiser into nodes.

use std::collections::BTreeMap;
use std::fmt;

use model::config::{Node, Value};
use serde::Serialize;
use serde::ser::{self, Impossible, SerializeMap, SerializeSeq, SerializeStruct};

/// The node a configuration is written as.
pub(crate) fn written(configuration: &impl Serialize) -> Node {
    super::node(configuration.serialize(Writer).expect("configuration holds numbers, strings and tables"))
}

struct Writer;

#[derive(Debug)]
struct Unwritable(String);

impl fmt::Display for Unwritable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

impl std::error::Error for Unwritable {}

impl ser::Error for Unwritable {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self(message.to_string())
    }
}

type Written = Result<Value, Unwritable>;

#[derive(Default)]
struct Table {
    entries: BTreeMap<String, Node>,
    key: String,
}

impl Table {
    fn insert(&mut self, key: &str, value: &(impl Serialize + ?Sized)) -> Result<(), Unwritable> {
        self.entries.insert(key.into(), super::node(value.serialize(Writer)?));
        Ok(())
    }
}

impl SerializeMap for Table {
    type Ok = Value;
    type Error = Unwritable;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Unwritable> {
        match key.serialize(Writer)? {
            Value::Text(key) => self.key = key,
            other => return Err(Unwritable(other.to_string())),
        }
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Unwritable> {
        let key = std::mem::take(&mut self.key);
        self.insert(&key, value)
    }

    fn end(self) -> Written {
        Ok(Value::Table(self.entries))
    }
}

impl SerializeStruct for Table {
    type Ok = Value;
    type Error = Unwritable;

    fn serialize_field<T: Serialize + ?Sized>(
        &mut self,
        key: &'static str,
        value: &T,
    ) -> Result<(), Unwritable> {
        self.insert(key, value)
    }

    fn end(self) -> Written {
        Ok(Value::Table(self.entries))
    }
}

struct Array(Vec<Node>);

impl SerializeSeq for Array {
    type Ok = Value;
    type Error = Unwritable;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Unwritable> {
        self.0.push(super::node(value.serialize(Writer)?));
        Ok(())
    }

    fn end(self) -> Written {
        Ok(Value::Array(self.0))
    }
}

macro_rules! unwritable {
    ($($method:ident: $kind:ty),*) => {
        $(fn $method(self, value: $kind) -> Written {
            Err(Unwritable(format!("{value:?}")))
        })*
    };
}

impl ser::Serializer for Writer {
    type Ok = Value;
    type Error = Unwritable;
    type SerializeSeq = Array;
    type SerializeMap = Table;
    type SerializeStruct = Table;
    type SerializeTuple = Impossible<Value, Unwritable>;
    type SerializeTupleStruct = Impossible<Value, Unwritable>;
    type SerializeTupleVariant = Impossible<Value, Unwritable>;
    type SerializeStructVariant = Impossible<Value, Unwritable>;

    unwritable!(serialize_i8: i8, serialize_i16: i16, serialize_i32: i32, serialize_u8: u8, serialize_u16: u16,
        serialize_u32: u32, serialize_f32: f32, serialize_char: char, serialize_bytes: &[u8], serialize_unit_struct: &str);

    fn serialize_bool(self, value: bool) -> Written {
        Ok(Value::Boolean(value))
    }

    fn serialize_i64(self, value: i64) -> Written {
        Ok(Value::Integer(value))
    }

    fn serialize_u64(self, value: u64) -> Written {
        i64::try_from(value).map(Value::Integer).map_err(|_| Unwritable(value.to_string()))
    }

    fn serialize_f64(self, value: f64) -> Written {
        Ok(Value::Float(value))
    }

    fn serialize_str(self, value: &str) -> Written {
        Ok(Value::Text(value.into()))
    }

    fn serialize_none(self) -> Written {
        Err(Unwritable("nothing".into()))
    }

    fn serialize_unit(self) -> Written {
        Err(Unwritable("nothing".into()))
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Written {
        value.serialize(self)
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Written {
        Ok(Value::Text(variant.into()))
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, value: &T) -> Written {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        _: u32,
        _: &'static str,
        _: &T,
    ) -> Written {
        Err(Unwritable(name.into()))
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Array, Unwritable> {
        Ok(Array(Vec::new()))
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Table, Unwritable> {
        Ok(Table::default())
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Table, Unwritable> {
        Ok(Table::default())
    }

    fn serialize_tuple(self, _: usize) -> Result<Self::SerializeTuple, Unwritable> {
        Err(Unwritable("a tuple".into()))
    }

    fn serialize_tuple_struct(
        self,
        name: &'static str,
        _: usize,
    ) -> Result<Self::SerializeTupleStruct, Unwritable> {
        Err(Unwritable(name.into()))
    }

    fn serialize_tuple_variant(
        self,
        name: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeTupleVariant, Unwritable> {
        Err(Unwritable(name.into()))
    }

    fn serialize_struct_variant(
        self,
        name: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeStructVariant, Unwritable> {
        Err(Unwritable(name.into()))
    }
}
