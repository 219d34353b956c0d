"""Actions, conditions, substitutions and event handlers, as a launch file sees them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from launched import Launched

Ros2 = Callable[..., Launched]
LaunchFile = Callable[..., Path]


def lines(launched: Launched) -> list[str]:
    """What `LogInfo` wrote."""
    assert launched.finish() == 0, launched.output
    mark = "[INFO] [launch.user]: "
    return [line.removeprefix(mark) for line in launched.output.splitlines() if line.startswith(mark)]


@pytest.mark.parametrize(
    ("expression", "text"),
    [
        ("LaunchConfiguration('a')", "yes it is"),
        ("LaunchConfiguration('absent', default=5)", "5"),
        ("[LaunchConfiguration('a'), '!']", "yes it is!"),
        ("EnvironmentVariable('ABSENT', default_value='d')", "d"),
        ("PathJoinSubstitution(['/x', LaunchConfiguration('n'), ['f', '.yaml']])", "/x/3/f.yaml"),
        ("PythonExpression(['2 * ', LaunchConfiguration('n'), ' + floor(0.5)'])", "6"),
        ("PythonExpression(['\"', LaunchConfiguration('a'), '\" == \"yes it is\"'])", "True"),
        ("EqualsSubstitution(LaunchConfiguration('n'), '3.0')", "true"),
        ("EqualsSubstitution('TRUE', 1)", "true"),
        ("EqualsSubstitution(LaunchConfiguration('a'), 'no')", "false"),
        ("NotEqualsSubstitution(LaunchConfiguration('a'), 'no')", "true"),
        ("AndSubstitution('true', EqualsSubstitution('a', 'a'))", "true"),
        ("AndSubstitution('true', 'false')", "false"),
        ("IfElseSubstitution('true', 'x', 'y')", "x"),
        ("IfElseSubstitution(EqualsSubstitution(LaunchConfiguration('n'), 4), 'x', 'y')", "y"),
    ],
)
def test_substitutions(ros2: Ros2, launch_file: LaunchFile, expression: str, text: str) -> None:
    assert lines(ros2("launch", launch_file(f"LogInfo(msg={expression}),"), "a:=yes it is", "n:=3")) == [text]


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("LaunchConfiguration('absent')", "launch configuration 'absent' does not exist"),
        ("EnvironmentVariable('ABSENT')", "environment variable 'ABSENT' does not exist"),
        ("AndSubstitution('1', 'true')", "Cannot convert value '1'"),
        ("FindPackageShare('nowhere')", "package 'nowhere' not found"),
        ("True", "expected a text, a substitution"),
    ],
)
def test_substitutions_that_fail(ros2: Ros2, launch_file: LaunchFile, expression: str, message: str) -> None:
    launched = ros2("launch", launch_file(f"say('never'), LogInfo(msg={expression}),"))
    assert launched.finish() == 1
    assert f"Caught exception in launch (see debug for traceback): {message}" in launched.output
    assert "process started" not in launched.output


def test_conditions(ros2: Ros2, launch_file: LaunchFile) -> None:
    entities = "".join(
        f"LogInfo(msg='{kind} {text}', condition={kind}Condition('{text}')),"
        for kind in ("If", "Unless")
        for text in ("true", "True", "1", "false", "0")
    )
    expected = ["If true", "If True", "If 1", "Unless false", "Unless 0"]
    assert lines(ros2("launch", launch_file(entities))) == expected


def test_a_condition_must_be_true_or_false(ros2: Ros2, launch_file: LaunchFile) -> None:
    launched = ros2("launch", launch_file("LogInfo(msg='x', condition=IfCondition('yes')),"))
    assert launched.finish() == 1
    assert "invalid condition expression 'yes', expected one of: true, 1, false, 0" in launched.output


def test_a_group_is_a_scope_and_an_include_is_none(ros2: Ros2, launch_file: LaunchFile) -> None:
    inner = launch_file(
        "DeclareLaunchArgument('x', default_value='default'),"
        "LogInfo(msg=['inner ', LaunchConfiguration('x')]),"
        "SetEnvironmentVariable('V', 'inner'),",
        "inner.launch.py",
    )
    include = f"IncludeLaunchDescription(PythonLaunchDescriptionSource({str(inner)!r}), launch_arguments=%s)"
    show = "LogInfo(msg=['x=', LaunchConfiguration('x', default='-'), ' V=', EnvironmentVariable('V')]),"
    entities = f"""
    SetEnvironmentVariable('V', 'outer'),
    GroupAction([{include % "{'x': 'group'}.items()"}, {show}]), {show}
    GroupAction([{include % "[]"}], scoped=False), {show}
    GroupAction([LogInfo(msg='never')], condition=IfCondition('false')),
    """
    assert lines(ros2("launch", launch_file(entities))) == [
        "inner group",
        "x=group V=inner",
        "x=- V=outer",
        "inner default",
        "x=default V=inner",
    ]


def test_an_opaque_function_sees_the_context_and_returns_more(ros2: Ros2, launch_file: LaunchFile) -> None:
    function = "lambda context, end: [LogInfo(msg=LaunchConfiguration('a').perform(context) + end)]"
    entities = (
        f"OpaqueFunction(function={function}, args=['!']), OpaqueFunction(function=lambda context: None),"
    )
    assert lines(ros2("launch", launch_file(entities), "a:=hello")) == ["hello!"]


@pytest.mark.parametrize(
    "on_exit", ["Shutdown(reason='over')", "[EmitEvent(event=ShutdownEvent(reason='over'))]"]
)
def test_on_exit_shutdown_stops_the_rest(ros2: Ros2, launch_file: LaunchFile, on_exit: str) -> None:
    launched = ros2("launch", launch_file(f"sh('exec sleep 600'), sh('exit 3', on_exit={on_exit}),"))
    assert launched.finish() == 0
    assert "sending signal 'SIGINT' to process[sh-1]" in launched.output
    required = "[INFO] [launch]: process[sh-2] was required: shutting down launched system\n"
    assert (required in launched.output) == on_exit.startswith("Shutdown")


def test_event_handlers_follow_their_target(ros2: Ros2, launch_file: LaunchFile, tmp_path: Path) -> None:
    path = tmp_path / "handlers.launch.py"
    plain = launch_file("")
    header = plain.read_text().split("def generate_launch_description")[0]
    path.write_text(
        header
        + """
def generate_launch_description():
    first, second = sh("exit 4"), sh("true")
    return LaunchDescription([
        RegisterEventHandler(OnProcessExit(target_action=first, on_exit=[second])),
        RegisterEventHandler(OnProcessExit(target_action=second, on_exit=[LogInfo(msg="second ended")])),
        RegisterEventHandler(OnProcessExit(
            target_action=first,
            on_exit=lambda event, context: LogInfo(msg=f"{event.process_name} {event.returncode}"),
        )),
        RegisterEventHandler(OnProcessExit(on_exit=[LogInfo(msg="any")])),
        first,
    ])
"""
    )
    assert lines(ros2("launch", path)) == ["sh-1 4", "any", "second ended", "any"]


def test_an_error_in_a_handler_stops_the_rest(ros2: Ros2, launch_file: LaunchFile) -> None:
    launched = ros2(
        "launch", launch_file("sh('exec sleep 600'), sh('true', on_exit=lambda event, context: 1 / 0),")
    )
    assert launched.finish() == 1
    assert "Caught exception in launch (see debug for traceback): division by zero" in launched.output
    assert "sending signal 'SIGINT' to process[sh-1]" in launched.output
