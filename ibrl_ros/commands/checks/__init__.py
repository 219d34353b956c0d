"""What `ibrl doctor` looks at: a module for each kind of thing, whose `check` returns findings."""
