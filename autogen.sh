#!/bin/sh
# Make configure and the Makefile.in files from their sources.
set -e
cd "$(dirname "$0")"
mkdir -p m4 build-aux
exec autoreconf -fi
