/* The spatial embedding of a Q network, each row of it finished while it is in the processor's first cache.
 *
 * A sample has `channels` rows of `width` numbers, `spatial`, to which each of its k candidates adds the same
 * row, `rest`. With x = spatial + rest, the embedding is the sum over channels of
 * weight * relu(LayerNorm(x) * gain + bias). spatial.py calls it, and computes the same without it.
 *
 * Arrays are contiguous float32: spatial [n, channels, width], rest, out and grad [n, k, width],
 * weight [channels, width], gain and bias [width].
 */
#include <math.h>
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

FOR_EACH_PROCESSOR
void spatial_forward(long n, long k, long channels, long width, const float *spatial, const float *rest,
                     const float *gain, const float *bias, const float *weight, float *out)
{
    memset(out, 0, n * k * width * sizeof(float));
    for (long row = 0; row < n * k; row++, rest += width, out += width) {
        const float *x = spatial + row / k * channels * width;
        for (long channel = 0; channel < channels; channel++, x += width) {
            const float *w = weight + channel * width;
            const Moments m = moments(width, x, rest);
#pragma omp simd
            for (long i = 0; i < width; i++) {
                const float y = (x[i] + rest[i] - m.mean) * m.scale * gain[i] + bias[i];
                out[i] += (y < 0 ? 0 : y) * w[i]; /* NaN stays NaN */
            }
        }
    }
}

/* Adds to d_rest, d_gain, d_bias and d_weight; writes d_spatial. */
FOR_EACH_PROCESSOR
void spatial_backward(long n, long k, long channels, long width, const float *spatial, const float *rest,
                      const float *gain, const float *bias, const float *weight, const float *grad,
                      float *d_spatial, float *d_rest, float *d_gain, float *d_bias, float *d_weight)
{
    memset(d_spatial, 0, n * channels * width * sizeof(float));
    for (long row = 0; row < n * k; row++, rest += width, grad += width, d_rest += width) {
        const float *x = spatial + row / k * channels * width;
        float *d_x = d_spatial + row / k * channels * width;
        for (long channel = 0; channel < channels; channel++, x += width, d_x += width) {
            const float *w = weight + channel * width;
            float *d_w = d_weight + channel * width;
            const Moments m = moments(width, x, rest);
            float sum = 0, product = 0;
#pragma omp simd reduction(+ : sum, product)
            for (long i = 0; i < width; i++) {
                const float normed = (x[i] + rest[i] - m.mean) * m.scale;
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
                const float normed = (x[i] + rest[i] - m.mean) * m.scale;
                const float d_normed = normed * gain[i] + bias[i] > 0 ? grad[i] * w[i] * gain[i] : 0;
                const float d = m.scale * (d_normed - sum - normed * product);
                d_x[i] += d;
                d_rest[i] += d;
            }
        }
    }
}
