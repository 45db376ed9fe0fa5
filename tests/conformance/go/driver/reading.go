package main

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"time"
)

// A reading makes the tree of an answer, and keeps the models that it has met.
type reading struct {
	models   map[string]bool
	unparsed []string
}

func newReading() *reading {
	return &reading{models: map[string]bool{}, unparsed: []string{}}
}

func (r *reading) answer(tree any) members {
	models := []string{}
	for name := range r.models {
		models = append(models, name)
	}
	return members{"answer": tree, "models": models, "unparsed": r.unparsed}
}

func (r *reading) read(value reflect.Value) any {
	switch value.Kind() {
	case reflect.Pointer, reflect.Interface:
		if value.IsNil() {
			return nil
		}
		return r.read(value.Elem())
	case reflect.Slice:
		items := []any{}
		for i := range value.Len() {
			items = append(items, r.read(value.Index(i)))
		}
		return items
	case reflect.Map:
		tree := members{}
		for _, key := range value.MapKeys() {
			tree[key.String()] = r.read(value.MapIndex(key))
		}
		return tree
	case reflect.Struct:
		return r.readStruct(value)
	case reflect.String:
		return r.readText(value)
	}
	return value.Interface()
}

// An enumeration of the client is a text that can say whether it is valid.
func (r *reading) readText(value reflect.Value) any {
	if number, is := value.Interface().(json.Number); is {
		return number
	}
	judge := value.MethodByName("IsValid")
	if !judge.IsValid() {
		return value.String()
	}
	if !judge.Call(nil)[0].Bool() {
		r.unparsed = append(r.unparsed, fmt.Sprintf("%s %q", value.Type().Name(), value.String()))
	}
	return members{"$enum": value.String()}
}

func (r *reading) readStruct(value reflect.Value) any {
	if moment, is := value.Interface().(time.Time); is {
		return members{"$time": moment.UTC().Format(time.RFC3339Nano)}
	}
	if get := value.MethodByName("Get"); get.IsValid() { // of a member that may be null
		return r.read(get.Call(nil)[0])
	}
	name := value.Type().Name()
	r.models[name] = true
	if raw := value.FieldByName("UnparsedObject"); raw.IsValid() && !raw.IsNil() {
		r.unparsed = append(r.unparsed, name)
		return raw.Interface()
	}
	tree := members{}
	for i := range value.NumField() {
		field, member := value.Type().Field(i), value.Field(i)
		if field.Name == "UnparsedObject" || isNil(member) {
			continue
		}
		wire, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		switch {
		case field.Name == "AdditionalProperties":
			tree["$untyped"] = r.read(member)
		case wire == "": // one of the models that this one may be
			return r.read(member)
		default:
			tree[wire] = r.read(member)
		}
	}
	return tree
}

// Absent: an empty list is not nil.
func isNil(value reflect.Value) bool {
	switch value.Kind() {
	case reflect.Pointer, reflect.Interface, reflect.Slice, reflect.Map:
		return value.IsNil()
	}
	return false
}
