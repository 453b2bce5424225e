// What a fuzz target may tell the replay program, which runs the committed corpus in ordinary builds.
#pragma once

// Called after the last input; 0 when the corpus has shown what it must. Optional.
int fuzz_replay_finished() __attribute__((weak));
