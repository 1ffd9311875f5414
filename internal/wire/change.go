package wire

import "stele"

// DecodeUpdate reads a request of wire.md 5.6. What is wrong with a single entry's address or fields is its Problem.
func DecodeUpdate(in Input) (Update, error) {
	r, l := newReader(in.Body), in.Limits
	var (
		id, create, creat stele.Raw
		changes           []stele.RawChange
		fault             error
		how               howMembers
	)
	for r.member() {
		switch r.name {
		case "table_id":
			id = r.raw()
		case "is_create":
			create = r.raw()
		case "is_creat": // one published table spells it so
			creat = r.raw()
		case "update_data":
			changes, fault = shortList(r, "update_data", l.UpdateEntries, changes, func() stele.RawChange { return r.change(l.RowMembers) })
		default:
			if !how.read(r) {
				r.skip()
			}
		}
	}
	if err := r.close(); err != nil {
		return Update{}, err
	}
	name := "is_create"
	if create.Kind == stele.KindNull {
		name, create = "is_creat", creat
	}
	u, err := newUpdate(id, name, create, changes)
	if err == nil {
		u.How, err = how.ofUpdate()
	}
	if err == nil {
		err = fault
	}
	if err != nil {
		return Update{}, err
	}
	return u, nil
}

// DecodeLegacyUpdate reads a request of wire.md 5.9: one change, at the top level.
func DecodeLegacyUpdate(in Input) (Update, error) {
	r := newReader(in.Body)
	var id, create stele.Raw
	var how howMembers
	c := newChange()
	for r.member() {
		switch r.name {
		case "table_id":
			id = r.raw()
		case "is_add":
			create = r.raw()
		default:
			if !r.changeMember(r.name, &c, in.Limits.RowMembers) && !how.read(r) {
				r.skip()
			}
		}
	}
	if err := r.close(); err != nil {
		return Update{}, err
	}
	u, err := newUpdate(id, "is_add", create, []stele.RawChange{c})
	if err == nil {
		u.How, err = how.ofDelete()
	}
	if err != nil {
		return Update{}, err
	}
	return u, nil
}

// newUpdate reads what every update has.
func newUpdate(id stele.Raw, createName string, create stele.Raw, changes []stele.RawChange) (Update, error) {
	table, err := tableID(id)
	if err != nil {
		return Update{}, err
	}
	isCreate, err := truthMember(createName, create)
	if err != nil {
		return Update{}, err
	}
	return Update{TableID: table, Changes: changes, Create: isCreate}, nil
}

// change reads an entry of an update.
func (r *reader) change(most int) stele.RawChange {
	c := newChange()
	r.open()
	for r.member() {
		if !r.changeMember(r.name, &c, most) {
			r.skip()
		}
	}
	return c
}

// newChange is an entry without members.
func newChange() stele.RawChange {
	return stele.RawChange{Sent: "null", Problem: "`updated_fields` is required: an object of fields and their new values."}
}

// changeMember reads the value of a member of an update's entry. It is false, and nothing was read, if the name is not
// one of those.
func (r *reader) changeMember(name string, c *stele.RawChange, most int) bool {
	if name != "updated_fields" {
		return r.addressMember(name, &c.Address, most)
	}
	c.Fields, c.Sent, c.Problem = r.fields(name, most)
	return true
}

// addressMember reads the value of a member of an address (wire.md 4.2). It is false, and nothing was read, if the name
// is not one of those.
func (r *reader) addressMember(name string, a *stele.RawAddress, most int) bool {
	switch name {
	case "record_id":
		a.RecordID = r.raw()
	case "filter":
		a.Filter, a.Sent, a.Problem = r.fields(name, most)
		if a.Sent == "null" || a.Sent == `""` {
			a.Sent, a.Problem = "", "" // not given
		}
	default:
		return false
	}
	return true
}

// DecodeDelete reads a request of wire.md 5.7. What is wrong with a single address is its Problem.
func DecodeDelete(in Input) (Delete, error) {
	r, l := newReader(in.Body), in.Limits
	var (
		id        stele.Raw
		addresses []stele.RawAddress
		fault     error
		how       howMembers
	)
	for r.member() {
		switch r.name {
		case "table_id":
			id = r.raw()
		case "delete_data":
			addresses, fault = shortList(r, "delete_data", l.DeleteEntries, addresses, func() stele.RawAddress { return r.address(l.RowMembers) })
		default:
			if !how.read(r) {
				r.skip()
			}
		}
	}
	if err := r.close(); err != nil {
		return Delete{}, err
	}
	table, err := tableID(id)
	if err != nil {
		return Delete{}, err
	}
	h, err := how.ofDelete()
	if err == nil {
		err = fault
	}
	if err != nil {
		return Delete{}, err
	}
	return Delete{table, addresses, h}, nil
}

// address reads an entry of a delete.
func (r *reader) address(most int) (a stele.RawAddress) {
	r.open()
	for r.member() {
		if !r.addressMember(r.name, &a, most) {
			r.skip()
		}
	}
	return a
}
