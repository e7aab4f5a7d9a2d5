"""Golden file of the mask sampler: hard samples and straight-through derivatives."""

import numpy as np
import torch

from golden_file import Array, Tensors
from threefry import mask_noise, stream_key

NAME = "sampler"
LOGITS = np.concatenate([np.arange(-6.0, 6.5, 0.5), [-90, -80, -16, -1e-3, 1e-3, 16, 80, 90]])
RANDOM_COUNT = 40
#: Temperatures of the Gumbel-sigmoid besides 1.
TEMPERATURES = (0.25, 0.7, 3.0)

#: A whole sampling of a tensor with noise of a stream: an odd size for the ends of vector loops.
STREAM_SEED = 4
STREAM_NAME = "mask-noise/mul/layers.1.weight"
STREAM_SHAPE = (7, 43)
STREAM_SAMPLES = 6
STREAM_DRAW = 11

#: Samples whose noise lies this close to the threshold could differ by rounding.
MARGIN = 64
CLAMP = 80.0
LEVELS = 2.0**24


def threshold(logits: Array) -> Array:
    """Returns 2^24 P(m = 0), the noise at which a sample changes, before rounding."""
    return LEVELS / (1 + np.exp(np.clip(logits, -CLAMP, CLAMP)))


def require_margin(logits: Array, noise: Array, what: str) -> None:
    """Raises when rounding could decide a sample."""
    distance = np.abs(noise - threshold(logits)).min()
    if distance <= MARGIN:
        raise ValueError(f"{what}: a sample is only {distance:.1f} of 2^24 from its threshold")


def hard_sample(logits: Array, noise: Array) -> Array:
    """Returns 1 where the weight is kept: noise integer >= rounded threshold."""
    return (noise >= np.floor(threshold(logits) + 0.5)).astype(np.uint8)


def slope(logits: Array, noise: Array) -> Array:
    """Returns s (1 - s) with s = U E / (U E + 1 - U), E = exp(l), U in the middle of its cell.

    Written as U E (1 - U) / (U E + (1 - U))^2, which keeps its digits where s or U comes near 1.
    """
    uniform = (noise + 0.5) / LEVELS
    odds = uniform * np.exp(np.clip(logits, -CLAMP, CLAMP))
    return odds * (1 - uniform) / (odds + (1 - uniform)) ** 2


def relaxed(logits: Array, noise: Array, temperature: float) -> tuple[Array, Array]:
    """Returns sigmoid((l + log U - log(1 - U)) / temperature) and its derivative by autograd."""
    uniform = torch.from_numpy((noise + 0.5) / LEVELS)
    leaf = torch.from_numpy(np.clip(np.broadcast_to(logits, noise.shape), -CLAMP, CLAMP).copy())
    leaf.requires_grad_()
    soft = torch.sigmoid((leaf + uniform.log() - (1 - uniform).log()) / temperature)
    soft.sum().backward()
    assert leaf.grad is not None
    return soft.detach().numpy(), leaf.grad.numpy()


def sample_stream(random: np.random.Generator) -> Tensors:
    """Returns weights, their masked samples and the straight-through gradients for given ones."""
    count = int(np.prod(STREAM_SHAPE))
    logits = random.uniform(-6, 6, STREAM_SHAPE).astype(np.float32)
    weights = random.standard_normal(STREAM_SHAPE).astype(np.float32)
    gradients = random.standard_normal((STREAM_SAMPLES, *STREAM_SHAPE)).astype(np.float32)
    key = stream_key(STREAM_SEED, STREAM_NAME)
    noise = mask_noise(key, count, STREAM_SAMPLES, STREAM_DRAW).reshape(gradients.shape)
    values = logits.astype(np.float64)
    require_margin(values, noise, f"{NAME}, stream")
    exact = gradients.astype(np.float64)
    kept = hard_sample(values, noise).astype(np.float64)
    return {
        "stream/seed": np.array(STREAM_SEED),
        "stream/draw": np.array(STREAM_DRAW),
        "stream/logits": logits,
        "stream/weights": weights,
        "stream/gradients": gradients,
        "stream/masked": (weights * kept).astype(np.float32),
        "stream/logit_gradient": (exact * slope(values, noise)).sum(axis=0) * weights,
        "stream/weight_gradient": (exact * kept).sum(axis=0),
    }


def generate() -> tuple[Tensors, dict[str, str]]:
    """Returns logits, noise integers, hard samples and derivatives s (1 - s), logits x draws.

    The draws include both ends of the noise's range.
    """
    random = np.random.default_rng(108)
    tensors = sample_stream(random)
    noise = random.integers(0, 2**24, (len(LOGITS), RANDOM_COUNT))
    noise[:, 0] = 0
    noise[:, 1] = 2**24 - 1
    logits = LOGITS.astype(np.float32)
    column = logits.astype(np.float64)[:, None]
    ordinary = np.abs(logits) < 10
    require_margin(column[ordinary], noise[ordinary], NAME)
    tensors |= {
        "logits": logits,
        "noise": noise,
        "hard": hard_sample(column, noise),
        "derivative": slope(column, noise),
        "temperatures": np.array(TEMPERATURES),
    }
    for number, temperature in enumerate(TEMPERATURES):
        soft, derivative = relaxed(column, noise, temperature)
        tensors[f"temperature/{number}/soft"] = soft
        tensors[f"temperature/{number}/derivative"] = derivative
    return tensors, {"stream": STREAM_NAME}
