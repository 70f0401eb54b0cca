/* Where everything stands on a screen of some size: a pure function. */
#ifndef APP_LAYOUT_H
#define APP_LAYOUT_H

#include <stdbool.h>

struct rect {
	int x, y, width, height;
};

#define LAYOUT_MIN_WIDTH 20
#define LAYOUT_MIN_HEIGHT 5
#define LAYOUT_BOTH_PANES 100 /* columns from which both panes are shown at once */

struct layout {
	bool too_small;	    /* one line that says so */
	bool both;	    /* tree and detail side by side */
	struct rect top, bottom;
	struct rect tree_frame, tree;	  /* frame with its border, and inside of it */
	struct rect detail_frame, detail; /* width 0 where a pane is not shown */
};

/* detail_focus: with one pane only, the one that has the focus is shown. */
struct layout layout_compute(int width, int height, bool detail_focus);

#endif
