package guard

var postgresOnly = []Attack{}
