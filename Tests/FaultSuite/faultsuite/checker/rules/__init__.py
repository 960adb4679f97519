"""One promise a module; each rule takes a history and yields violations."""
