using System.IO.Compression;

namespace Pipelines.Storage.Snapshots;

internal static class Compression
{
    public static byte[] Pack(ReadOnlyMemory<byte> bytes)
    {
        using var packed = new MemoryStream();
        using (var brotli = new BrotliStream(packed, CompressionLevel.Fastest))
        {
            brotli.Write(bytes.Span);
        }

        return packed.ToArray();
    }

    public static byte[] Unpack(byte[] packed, int size)
    {
        var bytes = new byte[size];
        using var brotli = new BrotliStream(new MemoryStream(packed), CompressionMode.Decompress);
        brotli.ReadExactly(bytes);
        return bytes;
    }
}
