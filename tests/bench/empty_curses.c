/* The least a curses program does: start, one word on the screen, wait for a key, end. */
#include <curses.h>
#include <locale.h>

int main(void)
{
	setlocale(LC_ALL, "");
	initscr();
	raw();
	noecho();
	keypad(stdscr, TRUE);
	start_color();
	use_default_colors();
	mvaddstr(0, 0, "empty");
	refresh();
	getch();
	endwin();
	return 0;
}
