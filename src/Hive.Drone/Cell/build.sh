#!/bin/sh
# Rebuilds the embedded cell for the architectures whose compiler is here. Run after every change of cell.c; a test compares the hash.
set -eu
cd "$(dirname "$0")"
hash=$(sha256sum cell.c | cut -d' ' -f1)
for pair in x64:gcc:x86_64 arm64:aarch64-linux-gnu-gcc:aarch64; do
    name=${pair%%:*}; rest=${pair#*:}; compiler=${rest%%:*}; machine=${rest#*:}
    command -v "$compiler" >/dev/null || { echo "no $compiler: cell-$name.elf left as it is"; continue; }
    case "$("$compiler" -dumpmachine)" in "$machine"*) ;; *) echo "$compiler is not for $machine"; continue ;; esac
    "$compiler" -Os -static -nostdlib -ffreestanding -fno-stack-protector -fno-pie -no-pie -fno-asynchronous-unwind-tables -fno-builtin -Wall -Wextra -Werror \
        -Wl,--build-id=none -Wl,-z,noseparate-code -Wl,-z,norelro -s -DSOURCE_HASH="\"$hash\"" -o "cell-$name.elf" cell.c
    chmod 755 "cell-$name.elf"; ls -l "cell-$name.elf"
done
