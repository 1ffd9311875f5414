package guard

var sqliteOnly = []Attack{}
