# The bytes are on the disk before the name, and the name before the end.
need strace
calls=fsync,fdatasync,linkat,link,rename,renameat,renameat2
strace -f -o trace -e trace=$calls "$MTUI_PLAIN" -o new.txt "$DEMO" || skip 'strace cannot trace here'
order=$(grep -oE '(fsync|linkat|rename[a-z0-9]*)\(' trace | tr -d '(\n')
[ "$order" = fsynclinkatfsync ] || fail "calls: $order"
strace -f -o trace -e trace=$calls "$MTUI_PLAIN" --force -o new.txt "$DEMO"
order=$(grep -oE '(fsync|linkat|rename[a-z0-9]*)\(' trace | tr -d '(\n')
[ "$order" = fsynclinkatrenameatfsync ] || [ "$order" = fsynclinkatrenamefsync ] ||
	fail "calls: $order"
