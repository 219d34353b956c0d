# Everything happens in .venv, which the first command makes. `make help` lists the commands.
SEED ?= 1
AGENT ?= small_pixels
TASK ?= lift
ROBOT ?= sim
RUN ?= runs/demo
CHAOS_MINUTES ?= 30
CHAOS_SLACK_S ?= 0.05

VENV := $(CURDIR)/.venv
INSTALLED := .venv/installed
PEERS := .venv-peers/installed
COLCON := .venv-colcon/installed
KILTED := .venv-kilted/installed
# All that touches ROS 2, and a launch of each file.
KILTED_TESTS := tests/ros tests/nodes tests/system/test_evaluate.py::test_both_policies_face_the_same_scenes
SOURCES := setup.py package.xml requirements.txt requirements-ros.txt tools/install.sh $(wildcard ibrl_ros/rl/networks/*.c) \
	$(wildcard launch/* libexec/*) $(shell find robot_configs tools/ros2_lite -type f -not -path '*.egg-info*' -not -name '*.pyc')
LITE := $(CURDIR)/tools/ros2_lite/src

# As `. .venv/bin/activate` does; a ROS 2 that is sourced stays behind it.
export PATH := $(VENV)/bin:$(PATH)
export AMENT_PREFIX_PATH := $(VENV)$(if $(AMENT_PREFIX_PATH),:$(AMENT_PREFIX_PATH))

.PHONY: demo test chaos kilted-test lint types docs format install peers peers-test colcon-test clean help
.DEFAULT_GOAL := help

demo: $(INSTALLED)  ## teach the simulated arm from camera images: demonstrations, training, evaluation, report (SEED=1 TASK=lift ROBOT=sim AGENT=small_pixels RUN=runs/demo)
	@ibrl demo --run "$(RUN)" --seed $(SEED) --task "$(TASK)" --robot "$(ROBOT)" --agent "$(AGENT)"

test: lint types $(COLCON)  ## every check: style, types, tests on ROS 2 Jazzy (or what is sourced), then kilted-test
	@OMP_NUM_THREADS=1 python -m pytest -n 2 --dist loadfile --ignore tests/system
	@python -m pytest tests/system
	@$(MAKE) --no-print-directory kilted-test

chaos: $(INSTALLED)  ## kill, stop, cut, fill, damage a run that trains, with a seed (SEED=1 CHAOS_MINUTES=30 CHAOS_SLACK_S=0.05)
	@CHAOS_SEED=$(SEED) CHAOS_MINUTES=$(CHAOS_MINUTES) CHAOS_SLACK_S=$(CHAOS_SLACK_S) python -m pytest tests/system/test_chaos.py

kilted-test: $(KILTED)  ## the tests of nodes, and a launch of each file, on ROS 2 Kilted
	@env -u PYTHONPATH -u LD_LIBRARY_PATH -u ROS_DISTRO -u _ROS_WHEELS_BOOTSTRAP_COMPLETE PATH="$(CURDIR)/.venv-kilted/bin:$$PATH" \
		AMENT_PREFIX_PATH="$(CURDIR)/.venv-kilted" python -m pytest -n 2 --dist loadfile $(KILTED_TESTS)

$(KILTED): $(INSTALLED) requirements-ros-kilted.txt tools/install_kilted.sh
	@tools/install_kilted.sh
	@touch $@

lint: $(INSTALLED)  ## style, with ruff
	@ruff check
	@ruff format --check

types: $(INSTALLED)  ## types, with mypy, through links that show the package under its import names
	@rm -rf build/types && mkdir -p build/types/ibrl_ros
	@ln -s "$(CURDIR)"/ibrl_ros/* "$(CURDIR)/sim" "$(CURDIR)/teleop" build/types/ibrl_ros/
	@cd build/types && MYPYPATH=. mypy --config-file ../../pyproject.toml -p ibrl_ros
	@cd build/types && MYPYPATH="$(LITE)" mypy --config-file ../../pyproject.toml -p launch -p launch_ros -p ros2_lite

colcon-test: $(COLCON)  ## build it with colcon, plain and with symlinks; from there nodes, a launch, doctor, colcon test
	@python -m pytest tests/packaging/test_*.py tests/packaging/whole_colcon.py

$(COLCON): $(INSTALLED) requirements-colcon.txt
	@python -m venv .venv-colcon
	@.venv-colcon/bin/python -m pip --disable-pip-version-check install -q -r requirements-colcon.txt
	@touch $@

docs: $(INSTALLED)  ## write docs/configuration.md, docs/statuses.md and running.md's table anew from the code
	@python tools/configuration_doc.py
	@python tools/status_doc.py
	@python tools/settings_doc.py

format: $(INSTALLED)  ## let ruff put the style right
	@ruff check --fix
	@ruff format

install: $(INSTALLED)  ## make .venv, without doing anything in it

$(INSTALLED): $(SOURCES)
	@tools/install.sh
	@touch $@

peers: $(PEERS)  ## make .venv-peers, in which the public benchmarks run

peers-test: $(PEERS)  ## the tests that need Meta-World and robosuite
	@.venv-peers/bin/python -m pytest tests/benchmark/public

$(PEERS): requirements-peers.txt tools/install_peers.sh setup.py
	@tools/install_peers.sh
	@touch $@

clean:  ## remove .venv, .venv-kilted, .venv-peers, .venv-colcon and what tools have left; runs/ stays
	rm -rf .venv .venv-kilted .venv-peers .venv-colcon build *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

help:  ## this list
	@sed -n 's/^\([a-z-]*\):.*##  *\(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 16
