/* Patches of shifted images as rows of a matrix: what a convolution multiplies, in one pass over the pixels.
 *
 * patches.py calls it, and computes the same without it.
 */
#include <stdint.h>
#include <string.h>

static long clamp(long value, long end) { return value < 0 ? 0 : value < end ? value : end - 1; }

/* Pixels of 0 .. 255 as -0.5 .. 0.5. */
static void centre(long n, const uint8_t *pixels, float *out)
{
#pragma omp simd
    for (long i = 0; i < n; i++)
        out[i] = pixels[i] * (1 / 255.0f) - 0.5f;
}

/* The image as seen from (x, y) on, its borders repeated; one of equal size. */
static void shift(long height, long width, long channels, long x, long y, const uint8_t *image, float *out)
{
    const long first = clamp(-x, width + 1), end = clamp(width - x, width + 1); /* columns in the image */
    for (long row = 0; row < height; row++, out += width * channels) {
        const uint8_t *line = image + clamp(row + y, height) * width * channels;
        for (long column = 0; column < first; column++)
            centre(channels, line, out + column * channels);
        if (first < end)
            centre((end - first) * channels, line + (first + x) * channels, out + first * channels);
        for (long column = end > first ? end : first; column < width; column++)
            centre(channels, line + (width - 1) * channels, out + column * channels);
    }
}

/* images uint8 [n, height, width, channels], starts int64 [n, 2] of (x, y), shifted float32 of an image,
 * out float32 [n, rows, columns, kernel, kernel, channels]; all contiguous. */
void patches(long n, long height, long width, long channels, long kernel, long stride, const uint8_t *images,
             const int64_t *starts, float *shifted, float *out)
{
    const long rows = (height - kernel) / stride + 1, columns = (width - kernel) / stride + 1;
    for (long i = 0; i < n; i++) {
        shift(height, width, channels, starts[2 * i], starts[2 * i + 1], images + i * height * width * channels,
              shifted);
        for (long row = 0; row < rows; row++)
            for (long column = 0; column < columns; column++)
                for (long y = row * stride; y < row * stride + kernel; y++, out += kernel * channels)
                    memcpy(out, shifted + (y * width + column * stride) * channels,
                           kernel * channels * sizeof(float));
    }
}
