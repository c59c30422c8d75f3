from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meshrig.errors import InvalidInputError, Origin
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
        (
            "!GetAtt Queue.Arn",
            "!GetAtt Kueue.Arn",
            "12: Outputs.Arn.Value: GetAtt of undefined Kueue (did you mean Queue?)",
        ),
        ("Condition: Big", "Condition: Bug", "6: Topic: condition undefined Bug (did you mean Big?)"),
        ("!Equals", "!Equal", "4: Conditions.Big: unknown function Fn::Equal (did you mean Fn::Equals?)"),
        ("Type: AWS::SQS::Queue", "Tipe: AWS::SQS::Queue", "8: Queue.Tipe: unknown field (did you mean Type?)"),
        ("Outputs:", "Output:", "11: Output: unknown field (did you mean Outputs?)"),
        ("AWS::StackName", "AWS::StackNam", "10: Queue.Properties.QueueName: Sub of undefined AWS::StackNam"),
        ("!GetAtt Queue.Arn", "!GetAtt Queue", "12: Outputs.Arn.Value: Fn::GetAtt takes a logical id and an attribute"),
        ("Value: !GetAtt", "Valu: !GetAtt", "12: Outputs.Arn: Value is missing"),
        ("  Queue:", "  my-queue:", "7: my-queue: a logical id is made of letters and digits"),
        ("AWS::SQS::Queue", "Queue", "8: Queue.Type: Queue is not the name of a type (such as AWS::EC2::VPC)"),
        ("{Type: AWS::SNS::Topic, Condition: Big}", "", "6: Topic: Type is missing"),
        (
            "AWS::SNS::Topic, Condition: Big",
            "AWS::SNS::Topic, Properties: []",
            "6: Topic.Properties: must be a mapping",
        ),
        (
            "AWS::SNS::Topic, Condition: Big",
            "AWS::SNS::Topic, DependsOn: Queue",
            "6: Topic: resources wait for each other: Topic -> Queue -> Topic",
        ),
        (
            "!Sub '${AWS::StackName}-${Topic.TopicName}'",
            "!If [Big, a]",
            "10: Queue.Properties.QueueName: Fn::If takes a condition and two values",
        ),
    ],
)
def test_a_mistake_is_named_with_its_line(tmp_path: Path, old: str, new: str, expected: str) -> None:
    assert old in GOOD
    assert any(problem.startswith(expected) for problem in problems(tmp_path, GOOD.replace(old, new)))


@pytest.mark.parametrize(
    ("old", "new"), [("Type: AWS::SQS::Queue", "Tipe: AWS::SQS::Queue"), ("Resources:", "Resorces:")]
)
def test_one_misspelt_word_is_one_problem(tmp_path: Path, old: str, new: str) -> None:
    assert len(problems(tmp_path, GOOD.replace(old, new))) == 1


@pytest.mark.parametrize("text", ["", "hello", "- a", "a: 1\n---\nb: 2"])
def test_a_template_is_one_mapping(tmp_path: Path, text: str) -> None:
    (problem,) = problems(tmp_path, text)
    assert "a template is one YAML or JSON mapping" in problem


@pytest.mark.parametrize(
    ("declaration", "value", "expected"),
    [
        ("{Type: Number}", "fast", "'fast' is not a number"),
        ("{Type: Number, MinValue: 0}", "-4", "'-4' is below MinValue 0"),
        ("{Type: String, MaxLength: 2}", "abc", "'abc' is above MaxLength 2"),
        ("{Type: CommaDelimitedList, AllowedPattern: '[a-z]+'}", "a,B", "'B' does not match [a-z]+"),
        ("{Type: String, NoEcho: true, AllowedPattern: '[a-z]+'}", "S3cret", "the value does not match [a-z]+"),
    ],
)
def test_values_are_checked_where_they_were_given(tmp_path: Path, declaration: str, value: str, expected: str) -> None:
    path = tmp_path / "stack.yaml"
    path.write_text(f"Parameters:\n  P: {declaration}\nResources:\n  T: {{Type: AWS::SNS::Topic}}\n")
    with pytest.raises(InvalidInputError) as error:
        validate_template(path, {"P": value}, places={"P": Origin("local.json", 7, "P")})
    assert str(error.value) == f"local.json:7: P: {expected}"


def test_a_default_is_checked_too(tmp_path: Path) -> None:
    assert any(
        "a.Default: 'x' is not a number" in p
        for p in problems(tmp_path, "Parameters:\n  a: {Type: Number, Default: x}\n")
    )


def test_the_text_is_kept_whatever_the_locale_says(tmp_path: Path) -> None:
    path = tmp_path / "stack.yaml"
    path.write_bytes(b"\xef\xbb\xbf" + GOOD.encode() + "# ä\n".encode())
    assert validate_template(path, {"Size": "1"}).text == GOOD + "# ä\n"


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
