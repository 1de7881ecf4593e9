#!/bin/sh
# make measure-questions: what a question costs a process that does nothing else.
set -eu
dir=${builddir:-.}/tests/bench
zones=
for i in $(seq 0 39); do zones="$zones bl$i.example.org"; done
work=$(mktemp -d)
trap 'exec 3>&-; rm -rf "$work"' EXIT
mkfifo "$work/in"
# shellcheck disable=SC2086 # one argument a zone
"$dir/delay" 20 $zones < "$work/in" > "$work/port" &
exec 3> "$work/in"
while ! [ -s "$work/port" ]; do sleep 0.05; done
"$dir/questions" "$(cat "$work/port")"
