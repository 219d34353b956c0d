"""The checks of `ibrl verify`, one idea a file: each looks at a run and yields what it finds."""
