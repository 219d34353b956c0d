/* The spatial embedding of a Q network, each row of it finished while it is in the processor's first cache.
 *
 * A sample has `channels` rows of `width` numbers, `spatial`, to which each of its k candidates adds the same
 * row, `rest`. With x = spatial + rest, the embedding is the sum over channels of
 * weight * relu(LayerNorm(x) * gain + bias). spatial.py calls it, and computes the same without it.
 *
 * Arrays are contiguous float32: rest, out and grad [n, k, width], weight [channels, width], gain and bias
 * [width]. spatial [n, channels, width] and its gradient are float32 too, or bfloat16 if `low`.
 */
#include <math.h>
#include <stdint.h>
#include <string.h>

#if defined(__x86_64__) && defined(__gnu_linux__) && defined(__GNUC__) && !defined(__clang__)
#define FOR_EACH_PROCESSOR __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define FOR_EACH_PROCESSOR
#endif
#define INLINE static inline __attribute__((always_inline))

static const float epsilon = 1e-5f; /* torch.nn.LayerNorm's */

typedef struct {
    float mean, scale;
} Moments;

INLINE Moments moments(long width, const float *spatial, const float *rest)
{
    float sum = 0, squares = 0;
#pragma omp simd reduction(+ : sum)
    for (long i = 0; i < width; i++)
        sum += spatial[i] + rest[i];
    const float mean = sum / width;
#pragma omp simd reduction(+ : squares)
    for (long i = 0; i < width; i++) {
        const float centred = spatial[i] + rest[i] - mean;
        squares += centred * centred;
    }
    return (Moments){mean, 1 / sqrtf(squares / width + epsilon)};
}

/* A row of `spatial` as float32: where it lies, or from bfloat16, a float32's upper half, into `buffer`. */
INLINE const float *decoded(long low, long width, const void *spatial, long row, float *buffer)
{
    if (!low)
        return (const float *)spatial + row * width;
    const uint16_t *halves = (const uint16_t *)spatial + row * width;
#pragma omp simd
    for (long i = 0; i < width; i++) {
        const uint32_t bits = (uint32_t)halves[i] << 16;
        memcpy(buffer + i, &bits, sizeof bits);
    }
    return buffer;
}

/* Rounds to nearest, ties to even, as PyTorch does. */
INLINE void encode(long width, const float *row, uint16_t *halves)
{
#pragma omp simd
    for (long i = 0; i < width; i++) {
        uint32_t bits;
        memcpy(&bits, row + i, sizeof bits);
        const uint32_t rounded = (bits + 0x7fff + (bits >> 16 & 1)) >> 16;
        halves[i] = (bits & 0x7fffffff) > 0x7f800000 ? 0x7fc0 : rounded; /* NaN stays NaN */
    }
}

FOR_EACH_PROCESSOR
void spatial_forward(long n, long k, long channels, long width, long low, const void *spatial,
                     const float *rest, const float *gain, const float *bias, const float *weight, float *out)
{
    float buffer[width];
    memset(out, 0, n * k * width * sizeof(float));
    for (long row = 0; row < n * channels; row++) {
        const float *x = decoded(low, width, spatial, row, buffer);
        const float *w = weight + row % channels * width;
        const long candidates = row / channels * k * width;
        for (long at = candidates; at < candidates + k * width; at += width) {
            const float *r = rest + at;
            float *sum = out + at;
            const Moments m = moments(width, x, r);
#pragma omp simd
            for (long i = 0; i < width; i++) {
                const float y = (x[i] + r[i] - m.mean) * m.scale * gain[i] + bias[i];
                sum[i] += (y < 0 ? 0 : y) * w[i]; /* NaN stays NaN */
            }
        }
    }
}

/* Adds one candidate's gradients: `grad` is that of its embedding, `w` the channel's weights. */
INLINE void add_gradients(long width, const float *x, const float *r, const float *gain, const float *bias,
                          const float *w, const float *grad, float *d_x, float *d_r, float *d_gain,
                          float *d_bias, float *d_w)
{
    const Moments m = moments(width, x, r);
    float sum = 0, product = 0;
#pragma omp simd reduction(+ : sum, product)
    for (long i = 0; i < width; i++) {
        const float normed = (x[i] + r[i] - m.mean) * m.scale;
        const float y = normed * gain[i] + bias[i], d_relu = y > 0 ? grad[i] : 0, d_y = d_relu * w[i];
        d_w[i] += d_relu * y;
        d_gain[i] += d_y * normed;
        d_bias[i] += d_y;
        sum += d_y * gain[i];
        product += d_y * gain[i] * normed;
    }
    sum /= width;
    product /= width;
#pragma omp simd
    for (long i = 0; i < width; i++) {
        const float normed = (x[i] + r[i] - m.mean) * m.scale;
        const float d_normed = normed * gain[i] + bias[i] > 0 ? grad[i] * w[i] * gain[i] : 0;
        const float d = m.scale * (d_normed - sum - normed * product);
        d_x[i] += d;
        d_r[i] += d;
    }
}

/* Adds to d_rest, d_gain, d_bias and d_weight; writes d_spatial. */
FOR_EACH_PROCESSOR
void spatial_backward(long n, long k, long channels, long width, long low, const void *spatial,
                      const float *rest, const float *gain, const float *bias, const float *weight,
                      const float *grad, void *d_spatial, float *d_rest, float *d_gain, float *d_bias,
                      float *d_weight)
{
    float buffer[width], d_buffer[width];
    for (long row = 0; row < n * channels; row++) {
        const float *x = decoded(low, width, spatial, row, buffer);
        const long channel = row % channels * width, candidates = row / channels * k * width;
        float *d_x = low ? d_buffer : (float *)d_spatial + row * width;
        memset(d_x, 0, width * sizeof(float));
        for (long at = candidates; at < candidates + k * width; at += width)
            add_gradients(width, x, rest + at, gain, bias, weight + channel, grad + at, d_x, d_rest + at,
                          d_gain, d_bias, d_weight + channel);
        if (low)
            encode(width, d_x, (uint16_t *)d_spatial + row * width);
    }
}
