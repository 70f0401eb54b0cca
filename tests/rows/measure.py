"""measure.py FD COMMAND...: runs it, then writes status, seconds and peak resident bytes to FD.

A small process of its own: a child inherits the peak of the process it was forked from.
"""

import os
import sys
import time

descriptor = int(sys.argv[1])
os.set_inheritable(descriptor, False)
begin = time.monotonic()
child = os.spawnv(os.P_NOWAIT, sys.argv[2], sys.argv[2:])
_, status, usage = os.wait4(child, 0)
os.write(descriptor, b"%d %f %d" % (os.waitstatus_to_exitcode(status), time.monotonic() - begin,
                                    usage.ru_maxrss * 1024))
