using System.Globalization;
using System.Text;

namespace Pipelines.ServiceTests.Fuzz;

/// <summary>Values as nobody means them, from one random source.</summary>
internal sealed class Odd(Random random)
{
    private static readonly string[] Texts =
    [
        "", " ", "\0", "a\0b", "\ud800", "\udfff\ud800", "\uffff", "🏭", "\u202e", "\u001b[31m", "\r\nX-Evil: 1", "../../etc/passwd", "%00", "%", "%zz", "${env:PATH}", "' or 1=1 --",
        "null", "true", "0", "-1", "1e400", "NaN", "9223372036854775808", "99999999999999999999999999", "2147483648", "00000000-0000-0000-0000-000000000000", "line", "other-line", "read",
        "administer", "promotion.succeeded", "http://127.0.0.1:9/", "https://[::1]/", "http://[", "ftp://x", "//", "whsec_", "whsec_AAAA", "1h", "-1h", "99999999d", "P1D", "validate",
        "Succeeded", "{", "]", "\"", "\\", "\\u0000", "İ", "ſ", "ﬀ",
    ];

    private static readonly string[] Numbers = ["0", "-0", "-1", "1e1", "1e400", "-1e-400", "0.1", "9007199254740993", "9223372036854775808", "1" + new string('0', 400)];

    public bool OneIn(int n) => random.Next(n) == 0;

    public T Of<T>(IReadOnlyList<T> items) => items[random.Next(items.Count)];

    public string Text() => random.Next(8) switch
    {
        0 => new string('x', random.Next(3000)),
        1 => new string([.. Enumerable.Range(0, random.Next(12)).Select(_ => (char)random.Next(0x10000))]),
        2 => Of(Texts) + Of(Texts),
        3 => random.NextInt64(long.MinValue, long.MaxValue).ToString(CultureInfo.InvariantCulture),
        _ => Of(Texts),
    };

    /// <summary>JSON of any kind, as text: also such as no serializer would write.</summary>
    public string Json(int depth = 0) => random.Next(depth > 3 ? 5 : 9) switch
    {
        0 => "null",
        1 => OneIn(2) ? "true" : "false",
        2 => Of(Numbers),
        3 or 4 => Quoted(Text()),
        5 => $"[{string.Join(',', Enumerable.Range(0, random.Next(4)).Select(_ => Json(depth + 1)))}]",
        6 => $"{{{string.Join(',', Enumerable.Range(0, random.Next(4)).Select(_ => $"{Quoted(Text())}:{Json(depth + 1)}"))}}}",
        7 => $"[{string.Join(',', Enumerable.Range(0, random.Next(300)).Select(_ => Quoted(Of(Texts))))}]",
        _ => string.Concat(Enumerable.Repeat(OneIn(2) ? "[" : "{\"a\":", random.Next(2, 100))),
    };

    /// <summary>As JSON says a text; what UTF-8 cannot say is escaped, and now and then it is not.</summary>
    public string Quoted(string text)
    {
        var quoted = new StringBuilder("\"");
        foreach (var x in text)
        {
            quoted.Append(char.IsControl(x) || char.IsSurrogate(x) || x is '"' or '\\' ? $"\\u{(int)x:x4}" : x.ToString());
        }

        return quoted.Append('"').ToString();
    }

    /// <summary>A part of an address: escaped as it should be, or not at all where a request may still have it.</summary>
    public string Segment() => random.Next(4) switch
    {
        0 => Uri.EscapeDataString(new string('a', random.Next(7000))),
        1 => Of((string[])["%", "%2e%2e", "%2F", "..", ".", "%ff", "%ED%A0%80", "%u0041", "~", "a;b=c", "*", "%5c", "+", "@", "%20", "%0a", "0x1", "%E2%80%AE", "-", "1e3", "%31"]),
        _ => Escaped(Text()),
    };

    public byte[] Spoilt(byte[] bytes)
    {
        var spoilt = bytes.ToList();
        for (var i = random.Next(1, 4); i > 0 && spoilt.Count > 0; i--)
        {
            var at = random.Next(spoilt.Count);
            switch (random.Next(3))
            {
                case 0: spoilt.RemoveAt(at); break;
                case 1: spoilt.Insert(at, (byte)random.Next(256)); break;
                default: spoilt[at] = (byte)random.Next(256); break;
            }
        }

        return [.. spoilt];
    }

    // A NUL in an address, Kestrel itself refuses; what else UTF-16 cannot say is said as bytes.
    private static string Escaped(string text)
    {
        var kept = text.Replace("\0", "\u0001", StringComparison.Ordinal);
        return string.Concat(Encoding.UTF8.GetBytes(kept).Select(x => x is (>= (byte)'a' and <= (byte)'z') or (>= (byte)'0' and <= (byte)'9') or (byte)'-' ? $"{(char)x}" : $"%{x:X2}")) is var escaped
            && escaped.Length > 7000 ? escaped[..6999].TrimEnd('%') : escaped;
    }
}
