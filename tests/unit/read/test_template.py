from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meshrig.errors import InvalidInputError
from meshrig.read.template import validate_template

GOOD = """\
Parameters:
  Size: {Type: Number, AllowedValues: [1, 2]}
Conditions:
  Big: !Equals [!Ref Size, 2]
Resources:
  Topic: {Type: AWS::SNS::Topic, Condition: Big}
  Queue:
    Type: AWS::SQS::Queue
    DependsOn: Topic
    Properties: {QueueName: !Sub '${AWS::StackName}-${Topic.TopicName}'}
Outputs:
  Arn: {Value: !GetAtt Queue.Arn}
"""


def problems(tmp_path: Path, text: str, **parameters: str) -> list[str]:
    path = tmp_path / "stack.yaml"
    path.write_text(text)
    with pytest.raises(InvalidInputError) as error:
        validate_template(path, {"Size": "1", **parameters})
    return [str(problem).rpartition("stack.yaml:")[2] for problem in error.value.problems]


def test_a_good_template_gives_its_resources_with_their_lines(tmp_path: Path) -> None:
    path = tmp_path / "stack.yaml"
    path.write_text(GOOD)
    template = validate_template(path, {"Size": "1"})
    assert {name: (r.type, r.origin.line) for name, r in template.resources.items()} == {
        "Topic": ("AWS::SNS::Topic", 6),
        "Queue": ("AWS::SQS::Queue", 7),
    }


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("DependsOn: Topic", "DependsOn: Topik", "9: Queue: DependsOn undefined Topik (did you mean Topic?)"),
        (
            "Topic.TopicName",
            "Topik.TopicName",
            "10: Queue.Properties.QueueName: Sub of undefined Topik (did you mean Topic?)",
        ),
        ("!GetAtt Queue.Arn", "!GetAtt Kueue.Arn", "12: Arn.Value: GetAtt of undefined Kueue (did you mean Queue?)"),
        ("Condition: Big", "Condition: Bug", "6: Topic: condition undefined Bug (did you mean Big?)"),
        ("!Equals", "!Equal", "4: Big: unknown function Fn::Equal (did you mean Fn::Equals?)"),
        ("Type: AWS::SQS::Queue", "Tipe: AWS::SQS::Queue", "8: Queue.Tipe: unknown field (did you mean Type?)"),
        ("Outputs:", "Output:", "11: Output: unknown field (did you mean Outputs?)"),
    ],
)
def test_a_mistake_is_named_with_its_line(tmp_path: Path, old: str, new: str, expected: str) -> None:
    assert expected in problems(tmp_path, GOOD.replace(old, new))


def test_parameters_are_checked(tmp_path: Path) -> None:
    assert "2: Parameters.Size: '3' is not an allowed value (allowed: 1, 2)" in problems(tmp_path, GOOD, Size="3")
    assert any("parameter Colour is given but not declared" in p for p in problems(tmp_path, GOOD, Colour="red"))


@given(st.text())
def test_any_text_is_read_or_refused(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    path = tmp_path_factory.mktemp("template") / "stack.yaml"
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    try:
        validate_template(path, {})
    except InvalidInputError as error:
        assert str(error)
