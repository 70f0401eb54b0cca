# A FIFO that nobody writes.
mkfifo f
run timeout 2 "$mtui" f
refused 6 'not a regular file (fifo)'
