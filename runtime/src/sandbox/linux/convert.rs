//! Plain data between Python's objects and [`Value`].

use rustpython_vm::{
    AsObject as _, PyObject, PyObjectRef, PyResult, TryFromObject as _, VirtualMachine,
    builtins::{PyBytes, PyDict, PyFloat, PyInt, PyList, PySet, PyStr, PyTuple},
};

use super::Value;

/// Deepest nesting that crosses, as in the decoder.
const MOST_DEPTH: usize = 60;

/// Rough size of an item beside its own bytes.
const ITEM: u64 = 16;

/// Turns an object into plain data of at most `budget` bytes.
pub(super) fn from_python(vm: &VirtualMachine, object: &PyObject, budget: u64) -> PyResult<Value> {
    Reader { vm, budget }.value(object, 0)
}

struct Reader<'a> {
    vm: &'a VirtualMachine,
    budget: u64,
}

impl Reader<'_> {
    fn spend(&mut self, bytes: usize) -> PyResult<()> {
        match self.budget.checked_sub(bytes as u64 + ITEM) {
            Some(rest) => {
                self.budget = rest;
                Ok(())
            }
            None => Err(self.vm.new_value_error("the value is too large to cross to the host")),
        }
    }

    fn value(&mut self, object: &PyObject, depth: usize) -> PyResult<Value> {
        let vm = self.vm;
        if depth > MOST_DEPTH {
            return Err(vm.new_value_error("the value nests too deeply to cross to the host"));
        }
        if vm.is_none(object) {
            return self.spend(0).map(|()| Value::None);
        }
        if object.class().is(vm.ctx.types.bool_type) {
            self.spend(1)?;
            return object.to_owned().try_to_bool(vm).map(Value::Bool);
        }
        if let Some(int) = object.downcast_ref_if_exact::<PyInt>(vm) {
            let int = int.as_bigint();
            self.spend(usize::try_from(int.bits() / 4).unwrap_or(usize::MAX >> 1))?;
            return Ok(Value::Int(int.clone()));
        }
        if let Some(float) = object.downcast_ref_if_exact::<PyFloat>(vm) {
            self.spend(8)?;
            return Ok(Value::Float(float.to_f64()));
        }
        if let Some(text) = object.downcast_ref_if_exact::<PyStr>(vm) {
            let text =
                text.to_str().ok_or_else(|| vm.new_value_error("a lone surrogate does not cross to the host"))?;
            self.spend(text.len())?;
            return Ok(Value::Str(text.to_owned()));
        }
        if let Some(bytes) = object.downcast_ref_if_exact::<PyBytes>(vm) {
            self.spend(bytes.as_bytes().len())?;
            return Ok(Value::Bytes(bytes.as_bytes().to_owned()));
        }
        self.container(object, depth)
    }

    fn container(&mut self, object: &PyObject, depth: usize) -> PyResult<Value> {
        let vm = self.vm;
        self.spend(0)?;
        let mut items = |items: Vec<PyObjectRef>| -> PyResult<Vec<Value>> {
            items.iter().map(|item| self.value(item, depth + 1)).collect()
        };
        if let Some(list) = object.downcast_ref_if_exact::<PyList>(vm) {
            let list = list.borrow_vec().to_vec();
            return items(list).map(Value::List);
        }
        if let Some(tuple) = object.downcast_ref_if_exact::<PyTuple>(vm) {
            return items(tuple.as_slice().to_vec()).map(Value::Tuple);
        }
        if let Some(set) = object.downcast_ref_if_exact::<PySet>(vm) {
            return items(set.elements()).map(Value::Set);
        }
        if let Some(dict) = object.downcast_ref_if_exact::<PyDict>(vm) {
            let pairs: Vec<_> = (&dict.to_owned()).into_iter().collect();
            let mut crossed = Vec::with_capacity(pairs.len());
            for (key, value) in pairs {
                crossed.push((self.value(&key, depth + 1)?, self.value(&value, depth + 1)?));
            }
            return Ok(Value::Dict(crossed));
        }
        if object.class().name().to_string() == "datetime" {
            let text = vm.call_method(object, "isoformat", ())?.str(vm)?;
            return Ok(Value::DateTime(text.to_string_lossy().into_owned()));
        }
        let kind = object.class().name().to_string();
        Err(vm.new_type_error(format!("{kind} objects do not cross to the host; plain data does")))
    }
}

/// Turns plain data into an object.
pub(super) fn to_python(vm: &VirtualMachine, value: &Value) -> PyResult {
    let all = |items: &[Value]| items.iter().map(|item| to_python(vm, item)).collect::<PyResult<Vec<_>>>();
    Ok(match value {
        Value::None => vm.ctx.none(),
        Value::Bool(value) => vm.ctx.new_bool(*value).into(),
        Value::Int(value) => vm.ctx.new_bigint(value).into(),
        Value::Float(value) => vm.ctx.new_float(*value).into(),
        Value::Str(text) => vm.ctx.new_str(text.as_str()).into(),
        Value::Bytes(bytes) => vm.ctx.new_bytes(bytes.clone()).into(),
        Value::List(items) => vm.ctx.new_list(all(items)?).into(),
        Value::Tuple(items) => vm.ctx.new_tuple(all(items)?).into(),
        Value::Set(items) => {
            let list = vm.ctx.new_list(all(items)?);
            vm.ctx.types.set_type.to_owned().as_object().call((list,), vm)?
        }
        Value::Dict(pairs) => {
            let dict = vm.ctx.new_dict();
            for (key, value) in pairs {
                dict.set_item(&*to_python(vm, key)?, to_python(vm, value)?, vm)?;
            }
            dict.into()
        }
        Value::DateTime(text) => {
            let class = vm.import("datetime", 0)?.get_attr("datetime", vm)?;
            vm.call_method(&class, "fromisoformat", (text.as_str(),))?
        }
    })
}

/// The number of an error of the operating system.
pub(super) fn errno(vm: &VirtualMachine, exception: &PyObject) -> Option<i32> {
    if !exception.fast_isinstance(vm.ctx.exceptions.os_error) {
        return None;
    }
    i32::try_from_object(vm, exception.get_attr("errno", vm).ok()?).ok()
}
