// The activations, functions of single elements. levels/activations.inc has the value and the gradient
// of each under its name.

#ifndef MODLAB_ACTIVATIONS_H
#define MODLAB_ACTIVATIONS_H

#define ML_ACTIVATIONS(ENTRY) ENTRY(relu) ENTRY(sigmoid) ENTRY(tanh) ENTRY(gelu) ENTRY(silu)

#define ML_ACTIVATION_NUMBER(name) ML_ACTIVATION_##name,
typedef enum { ML_ACTIVATIONS(ML_ACTIVATION_NUMBER) } ml_activation;

#endif
