PY := .venv/bin/python
.PHONY: types
types:  ## mypy over the package, through a tree of links that shows it under its import names
	@rm -rf build/types && mkdir -p build/types/ibrl_ros
	@ln -s $(CURDIR)/ibrl_ros/* $(CURDIR)/sim $(CURDIR)/teleop build/types/ibrl_ros/
	cd build/types && MYPYPATH=. $(CURDIR)/.venv/bin/mypy --config-file $(CURDIR)/pyproject.toml --python-executable $(CURDIR)/$(PY) -p ibrl_ros
