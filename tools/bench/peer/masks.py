"""Samples of binary masks over weights, with straight-through gradients.

With U uniform and e = exp(-l), a weight is kept when U > q = sigmoid(-l), and the slope of the logit is s (1 - s) with
s = U / (e + U (1 - e)): no logarithm is needed. Neither function makes a graph of temporaries.
"""
import torch

#: exp(-l) stays finite.
LARGEST_LOGIT = 80


class SampledWeights(torch.autograd.Function):
    """w m for n samples m. Sample by sample, in place and without casts, so that temporaries stay small."""

    @staticmethod
    def forward(ctx, logit, weight, samples, offset):
        drop = torch.sigmoid(-logit)
        uniform = torch.empty((samples, *logit.shape))
        masked = torch.empty_like(uniform)
        for u, out in zip(uniform, masked):
            u.uniform_()
            torch.gt(u, drop, out=out)
            out.mul_(weight)
        ctx.save_for_backward(uniform, logit, weight)
        ctx.offset = offset
        return masked

    @staticmethod
    def backward(ctx, gradient):
        uniform, logit, weight = ctx.saved_tensors
        e = torch.exp(-logit.clamp(-LARGEST_LOGIT, LARGEST_LOGIT))
        difference, buffer, total = 1 - e, torch.empty_like(e), torch.zeros_like(e)
        drop, frozen = None, None
        if ctx.needs_input_grad[1]:
            drop, frozen = torch.sigmoid(-logit), torch.zeros_like(weight)
        for u, g in zip(uniform, gradient):
            torch.addcmul(e, u, difference, out=buffer)
            torch.div(u, buffer, out=buffer)
            buffer.addcmul_(buffer, buffer, value=-1)
            total.addcmul_(buffer, g)
            if frozen is not None:
                torch.gt(u, drop, out=buffer)
                frozen.addcmul_(buffer, g)
        return total.mul_(weight).add_(ctx.offset), frozen, None, None


class FusedSampledWeights(torch.autograd.Function):
    """The same in whole expressions, which a compiler fuses."""

    @staticmethod
    def forward(ctx, logit, weight, samples, offset):
        uniform = torch.rand((samples, *logit.shape))
        ctx.save_for_backward(uniform, logit, weight)
        ctx.offset = offset
        return torch.where(uniform > torch.sigmoid(-logit), weight, 0.0)

    @staticmethod
    def backward(ctx, gradient):
        uniform, logit, weight = ctx.saved_tensors
        e = torch.exp(-logit.clamp(-LARGEST_LOGIT, LARGEST_LOGIT))
        s = uniform / (e + uniform * (1 - e))
        frozen = None
        if ctx.needs_input_grad[1]:
            frozen = torch.where(uniform > torch.sigmoid(-logit), gradient, 0.0).sum(0)
        return (s * (1 - s) * gradient).sum(0) * weight + ctx.offset, frozen, None, None
