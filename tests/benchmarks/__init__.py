"""Benchmarks: the real app on a real terminal against a loopback service, next to the floor of what is possible.

```
 __main__       chooses rows, prints the table
 rows           the rows, their limits             table        figures, verdicts, how they are printed
 streaming      answers: CPU, stalls, bytes        typing       how long until a typed letter is on the screen
 conversations  opening, paging, resizing, memory  starting     start-up and idling
 storage        the list, the search, saving
 clients        the app, and the floors            profile      where the time goes in a flood
 console        a program on a terminal            service      the loopback service as a child process
 hot_spots      a profile as text
 watch          the one loop that reads everything letters      letters that nothing else writes
 plan           what an answer is made of          content      Markdown of five kinds
```

Programs of their own, started by `clients` and `service`: `server`, `probe` (the app with measurement added), `floor` (a bare
httpx loop), `blank` (an empty Textual app).

Everything is measured from outside: CPU is the system's account of the process, painted is what has arrived at the terminal.
The one thing that can't be seen from there, how long the event loop stalls, the probe measures (`stalls`).
"""
