/* The spatial embedding of an ensemble of Q networks, each row finished while it is in the first cache.
 *
 * A sample has a row of `width` numbers, `spatial`, for each channel and member, to which each of its k
 * candidates adds the same row for all channels, `rest`. Both are centred: their means are 0. So the layer
 * norm of x = spatial + rest is x * scale, scale = 1 / sqrt(mean(x^2) + epsilon), and the embedding is the
 * sum over channels of weight * relu(x * scale * gain + bias). spatial.py calls it, and computes the same
 * without it.
 *
 * Arrays are contiguous float32: rest, out, grad, d_rest [n, k, members, width], gain, bias
 * [members, width], weight [members, channels, width], scales [n, members, channels, k]. spatial
 * [n, channels, members, width] and its gradient are float32 too, or bfloat16 if `low`.
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

/* Writes x = spatial + rest and returns the layer norm's scale. Four sums hide an addition's latency. */
INLINE float scale_of(long width, const float *spatial, const float *rest, float *x)
{
    const long quarter = width / 4;
    float a = 0, b = 0, c = 0, d = 0;
    for (long i = 4 * quarter; i < width; i++) {
        x[i] = spatial[i] + rest[i];
        a += x[i] * x[i];
    }
    const float *s1 = spatial + quarter, *s2 = s1 + quarter, *s3 = s2 + quarter;
    const float *r1 = rest + quarter, *r2 = r1 + quarter, *r3 = r2 + quarter;
    float *x1 = x + quarter, *x2 = x1 + quarter, *x3 = x2 + quarter;
#pragma omp simd reduction(+ : a, b, c, d)
    for (long i = 0; i < quarter; i++) {
        const float y = spatial[i] + rest[i], y1 = s1[i] + r1[i], y2 = s2[i] + r2[i], y3 = s3[i] + r3[i];
        a += y * y;
        b += y1 * y1;
        c += y2 * y2;
        d += y3 * y3;
        x[i] = y;
        x1[i] = y1;
        x2[i] = y2;
        x3[i] = y3;
    }
    return 1 / sqrtf((a + b + c + d) / width + epsilon);
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
void spatial_forward(long n, long k, long channels, long members, long width, long low, const void *spatial,
                     const float *rest, const float *gain, const float *bias, const float *weight,
                     float *scales, float *out)
{
    float buffer[width], x[width];
    memset(out, 0, n * k * members * width * sizeof(float));
    for (long sample = 0; sample < n; sample++)
        for (long member = 0; member < members; member++) {
            const float *g = gain + member * width, *b = bias + member * width;
            for (long channel = 0; channel < channels; channel++) {
                const long row = (sample * channels + channel) * members + member;
                const float *s = decoded(low, width, spatial, row, buffer);
                const float *w = weight + (member * channels + channel) * width;
                for (long candidate = 0; candidate < k; candidate++) {
                    const long at = ((sample * k + candidate) * members + member) * width;
                    const float scale = scale_of(width, s, rest + at, x);
                    float *sum = out + at;
                    *scales++ = scale;
#pragma omp simd
                    for (long i = 0; i < width; i++) {
                        const float y = x[i] * scale * g[i] + b[i];
                        sum[i] += (y < 0 ? 0 : y) * w[i]; /* NaN stays NaN */
                    }
                }
            }
        }
}

/* Adds one candidate's gradients: `grad` is that of its embedding, `w` the channel's weights. */
INLINE void add_gradients(long width, const float *s, const float *r, float scale, const float *gain,
                          const float *bias, const float *w, const float *grad, float *d_normed, float *d_s,
                          float *d_r, float *d_gain, float *d_bias, float *d_w)
{
    float product = 0;
#pragma omp simd reduction(+ : product)
    for (long i = 0; i < width; i++) {
        const float normed = (s[i] + r[i]) * scale, y = normed * gain[i] + bias[i];
        const float d_relu = y > 0 ? grad[i] : 0, d_y = d_relu * w[i], d = d_y * gain[i];
        d_w[i] += d_relu * y;
        d_gain[i] += d_y * normed;
        d_bias[i] += d_y;
        product += d * normed;
        d_normed[i] = d;
    }
    product *= scale / width;
#pragma omp simd
    for (long i = 0; i < width; i++) {
        const float d = scale * (d_normed[i] - (s[i] + r[i]) * product);
        d_s[i] += d;
        d_r[i] += d;
    }
}

INLINE int any(long width, const float *row)
{
    int found = 0;
#pragma omp simd reduction(| : found)
    for (long i = 0; i < width; i++)
        found |= row[i] != 0;
    return found;
}

/* Adds to d_rest, d_gain, d_bias and d_weight; writes d_spatial unless it is NULL.
 *
 * Candidates that send no gradient are passed over: the members' minimum sends it through one of them only. */
FOR_EACH_PROCESSOR
void spatial_backward(long n, long k, long channels, long members, long width, long low, const void *spatial,
                      const float *rest, const float *gain, const float *bias, const float *weight,
                      const float *scales, const float *grad, void *d_spatial, float *d_rest, float *d_gain,
                      float *d_bias, float *d_weight)
{
    float buffer[width], d_normed[width], d_buffer[width];
    int used[k];
    for (long sample = 0; sample < n; sample++)
        for (long member = 0; member < members; member++) {
            const long here = member * width;
            for (long candidate = 0; candidate < k; candidate++)
                used[candidate] = any(width, grad + (sample * k + candidate) * members * width + here);
            for (long channel = 0; channel < channels; channel++) {
                const long row = (sample * channels + channel) * members + member;
                const long learned = (member * channels + channel) * width;
                const float *s = decoded(low, width, spatial, row, buffer);
                float *d_s = low || !d_spatial ? d_buffer : (float *)d_spatial + row * width;
                memset(d_s, 0, width * sizeof(float));
                for (long candidate = 0; candidate < k; candidate++, scales++) {
                    const long at = (sample * k + candidate) * members * width + here;
                    if (used[candidate])
                        add_gradients(width, s, rest + at, *scales, gain + here, bias + here, weight + learned,
                                      grad + at, d_normed, d_s, d_rest + at, d_gain + here, d_bias + here,
                                      d_weight + learned);
                }
                if (low && d_spatial)
                    encode(width, d_s, (uint16_t *)d_spatial + row * width);
            }
        }
}
