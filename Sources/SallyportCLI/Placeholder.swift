// The operator command line without its connection.
