#pragma once

/// Loads OpenBLAS; returns NULL, or why it cannot be loaded.
const char *openblas_load(void);
