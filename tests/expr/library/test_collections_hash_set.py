"""HashSet<T>, Queue<T> and Stack<T>."""

from __future__ import annotations

import pytest

from fastgw.expr.library import collections_hash_set as members
from fastgw.expr.library.array_members import copy_to
from fastgw.expr.library.collections_hash_set import HashSet
from fastgw.expr.library.collections_queue_stack import Queue, Stack, to_array
from fastgw.expr.library.core import INT32, STRING
from fastgw.expr.library.string_comparer import StringComparer
from fastgw.expr.library.string_search import ORDINAL_IGNORE_CASE
from fastgw.expr.runtime.arrays import array_of
from fastgw.expr.runtime.errors import ArgumentNullException, InvalidOperationException
from tests.expr.library.members import method

INT = INT32.type


def of(*items):
    return members.new_set_of((INT,), array_of(INT, list(items)))


def test_an_element_is_added_once():
    made = HashSet(STRING.type)
    assert made.add("a") is True
    assert made.add("a") is False
    assert made.add(None) is True
    assert list(made) == ["a", None]


def test_a_comparer_decides_which_elements_are_equal():
    made = members.new_set_of_by(
        (STRING.type,), array_of(STRING.type, ["a", "A"]), StringComparer(ORDINAL_IGNORE_CASE)
    )
    assert list(made) == ["a"]
    assert made.net_contains("A")
    assert members.try_get_value(made, "A") == (True, "a")
    assert members.try_get_value(made, "b") == (False, None)


@pytest.mark.parametrize(
    ("operation", "expected"),
    [
        (members.union_with, [1, 2, 3, 4]),
        (members.intersect_with, [2, 3]),
        (members.except_with, [1]),
        (members.symmetric_except_with, [1, 4]),
    ],
)
def test_set_operations(operation, expected):
    made = of(1, 2, 3)
    operation(made, array_of(INT, [2, 3, 4, 4]))
    assert list(made) == expected
    with pytest.raises(ArgumentNullException) as caught:
        operation(made, None)
    assert caught.value.parameter == "other"


@pytest.mark.parametrize(
    ("relation", "others"),
    [
        (members.is_subset_of, {(1, 2): True, (1, 2, 3): True, (1,): False}),
        (members.is_proper_subset_of, {(1, 2): False, (1, 2, 3): True, (1,): False}),
        (members.is_superset_of, {(1, 2): True, (1, 2, 3): False, (1,): True}),
        (members.is_proper_superset_of, {(1, 2): False, (1, 2, 3): False, (1,): True}),
        (members.set_equals, {(1, 2): True, (2, 1, 1): True, (1,): False}),
        (members.overlaps, {(2, 9): True, (3,): False, (): False}),
    ],
)
def test_set_relations(relation, others):
    for other, expected in others.items():
        assert relation(of(1, 2), array_of(INT, list(other))) is expected


def test_operations_on_itself():
    made = of(1, 2)
    members.union_with(made, made)
    assert list(made) == [1, 2]
    members.symmetric_except_with(made, made)
    assert list(made) == []


def test_a_new_element_takes_the_place_that_was_freed_last():
    made = of(1, 2, 3)
    made.net_remove(2)
    made.add(9)
    assert list(made) == [1, 9, 3]


def test_every_change_ends_an_enumeration():
    made = of(1, 2)
    walk = iter(made)
    next(walk)
    made.net_remove(2)
    with pytest.raises(InvalidOperationException):
        next(walk)


def test_remove_where_says_how_many():
    made = of(1, 2, 3, 4)
    assert members.remove_where(made, lambda x: x > 2) == 2
    assert list(made) == [1, 2]


def test_a_queue_gives_the_first_first():
    queue = Queue(INT, [])
    for item in (1, 2, 3):
        queue.push(item)
    assert method("System.Collections.Generic.Queue", "Dequeue", arity=1)(queue) == 1
    assert list(queue) == [2, 3]
    assert to_array(queue).items == [2, 3]


def test_a_stack_gives_the_last_first():
    stack = Stack(INT, [1, 2, 3])
    assert method("System.Collections.Generic.Stack", "Pop", arity=1)(stack) == 3
    assert list(stack) == [2, 1]
    assert to_array(stack).items == [2, 1]


@pytest.mark.parametrize(
    ("kind", "verbs", "message"),
    [("Queue", ("Dequeue", "Peek"), "Queue empty."), ("Stack", ("Pop", "Peek"), "Stack empty.")],
)
def test_an_empty_one_has_nothing_to_give(kind, verbs, message):
    made = {"Queue": Queue, "Stack": Stack}[kind](INT, [])
    for verb in verbs:
        with pytest.raises(InvalidOperationException) as caught:
            method(f"System.Collections.Generic.{kind}", verb, arity=1)(made)
        assert caught.value.message == message
        assert method(f"System.Collections.Generic.{kind}", f"Try{verb}", arity=1)(made) == (False, 0)


def test_a_change_of_a_queue_ends_its_enumeration():
    queue = Queue(INT, [1, 2])
    walk = iter(queue)
    next(walk)
    queue.pop()
    with pytest.raises(InvalidOperationException):
        next(walk)


def test_arrays_copy_themselves():
    target = array_of(INT, [0, 0])
    copy_to(array_of(INT, [7]), target, 1)
    assert target.items == [0, 7]
