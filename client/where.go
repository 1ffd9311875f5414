package client

// And is true where all conditions are; nil ones do not count.
func And(all ...*Where) *Where { return &Where{And: given(all)} }

// Or is true where one of the conditions is; nil ones do not count.
func Or(some ...*Where) *Where { return &Where{Or: given(some)} }

// Not is true where the condition is false: also where the field has no value, save of IsNull.
func Not(w *Where) *Where { return &Where{Not: w} }

// Eq is true where the field has the value. A condition on a field without a value is false, here and below, save of IsNull.
func Eq(field string, value any) *Where { return &Where{Field: field, Op: "eq", Value: value} }

// Ne is true where the field has another value.
func Ne(field string, value any) *Where { return &Where{Field: field, Op: "ne", Value: value} }

// Lt is true where the field's value is less. Text is compared by its bytes.
func Lt(field string, value any) *Where { return &Where{Field: field, Op: "lt", Value: value} }

// Le is true where the field's value is less or equal.
func Le(field string, value any) *Where { return &Where{Field: field, Op: "le", Value: value} }

// Gt is true where the field's value is greater.
func Gt(field string, value any) *Where { return &Where{Field: field, Op: "gt", Value: value} }

// Ge is true where the field's value is greater or equal.
func Ge(field string, value any) *Where { return &Where{Field: field, Op: "ge", Value: value} }

// In is true where the field has one of the values; of none it is true nowhere.
func In[V any](field string, values ...V) *Where {
	if values == nil {
		values = []V{}
	}
	return &Where{Field: field, Op: "in", Value: values}
}

// Between is true from least to most, both included.
func Between(field string, least, most any) *Where {
	return &Where{Field: field, Op: "between", Value: []any{least, most}}
}

// Contains is true where the text of the value has this in it, whatever the case of ASCII letters.
func Contains(field, text string) *Where { return &Where{Field: field, Op: "contains", Value: text} }

// StartsWith is true where the text of the value begins so, whatever the case of ASCII letters.
func StartsWith(field, text string) *Where {
	return &Where{Field: field, Op: "starts_with", Value: text}
}

// IsNull is true where the field has no value.
func IsNull(field string) *Where { return &Where{Field: field, Op: "is_null"} }

// NotNull is true where the field has a value.
func NotNull(field string) *Where { return &Where{Field: field, Op: "is_null", Value: false} }

func given(ws []*Where) []Where {
	out := make([]Where, 0, len(ws))
	for _, w := range ws {
		if w != nil {
			out = append(out, *w)
		}
	}
	return out
}
