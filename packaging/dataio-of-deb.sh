#!/bin/sh
exec "/opt/MXM DataIO Browser/resources/bin/dataio" "$@"
