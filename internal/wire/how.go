package wire

import "stele"

// howMembers are the members by which a request has a write done in another way than the published one. None of them is
// published.
type howMembers struct{ mode, key, receipt, dry stele.Raw }

// briefReceipt is the value of receipt that has only rows told that are not in the table.
const briefReceipt = "failed"

// read reads the value of the member that is next. It is false, and nothing was read, if its name is none of those.
func (h *howMembers) read(r *reader) bool {
	switch r.name {
	case "mode":
		h.mode = r.raw()
	case "key":
		h.key = r.raw()
	case "receipt":
		h.receipt = r.raw()
	case "dry_run":
		h.dry = r.raw()
	default:
		return false
	}
	return true
}

// ofImport is what the members say of an import; brief, that of its receipt only rows that are not in the table are to be told. A trial
// always has its receipt: there is no task to ask for later.
func (h *howMembers) ofImport() (how stele.How, brief bool, err error) {
	mode, err := textMember("mode", stele.CodeParameter, h.mode)
	if err != nil {
		return how, false, err
	}
	key, err := textMember("key", stele.CodeParameter, h.key)
	if err != nil {
		return how, false, err
	}
	if how, err = stele.ParseHow(mode, key); err != nil {
		return how, false, err
	}
	if brief = h.receipt.Kind == stele.KindString && h.receipt.Text == briefReceipt; brief {
		how.Receipt = true
	} else if how.Receipt, err = truthMember("receipt", h.receipt); err != nil {
		return how, false, stele.Errorf(stele.CodeParameter, "receipt must be true, false or %q", briefReceipt)
	}
	how.Dry, err = truthMember("dry_run", h.dry)
	how.Receipt = how.Receipt || how.Dry
	return how, brief, err
}

// ofUpdate is what mode and dry_run say of an update.
func (h *howMembers) ofUpdate() (how stele.How, err error) {
	mode, err := textMember("mode", stele.CodeParameter, h.mode)
	switch {
	case err != nil:
		return how, err
	case mode == "atomic":
		how.Mode = stele.Atomic
	case mode != "":
		return how, stele.Errorf(stele.CodeParameter, "mode must be atomic, or be left out; got '%s'", stele.Shorten(mode))
	}
	how.Dry, err = truthMember("dry_run", h.dry)
	return how, err
}

// ofDelete is what dry_run says of a delete, of the update of one record, or of a change of a definition.
func (h *howMembers) ofDelete() (how stele.How, err error) {
	how.Dry, err = truthMember("dry_run", h.dry)
	return how, err
}
