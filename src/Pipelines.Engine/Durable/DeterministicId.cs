using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Pipelines.Engine.Durable;

/// <summary>Names of parts that follow from the name of the whole: a message that is handled twice names the same part twice.</summary>
public static class DeterministicId
{
    /// <summary>The id of the part with that number.</summary>
    public static Guid Of(Guid whole, int part)
    {
        Span<byte> name = stackalloc byte[20];
        whole.TryWriteBytes(name, bigEndian: true, out _);
        BinaryPrimitives.WriteInt32BigEndian(name[16..], part);
        Span<byte> hash = stackalloc byte[32];
        SHA256.HashData(name, hash);
        // RFC 9562 version 8: the layout is ours, the version and variant bits are the standard's.
        hash[6] = (byte)((hash[6] & 0x0F) | 0x80);
        hash[8] = (byte)((hash[8] & 0x3F) | 0x80);
        return new Guid(hash[..16], bigEndian: true);
    }
}
