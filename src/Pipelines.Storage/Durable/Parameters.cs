using System.Collections.Concurrent;
using System.Reflection;
using System.Text.RegularExpressions;
using Npgsql;

namespace Pipelines.Storage.Durable;

/// <summary>Turns <c>new { message_id = id }</c> into parameters, for the commands that Dapper does not make.</summary>
internal static partial class Parameters
{
    private static readonly ConcurrentDictionary<Type, PropertyInfo[]> Properties = new();

    public static void AddTo(NpgsqlParameterCollection parameters, object? arguments)
    {
        switch (arguments)
        {
            case null:
                return;
            case IEnumerable<KeyValuePair<string, object?>> pairs:
                foreach (var (name, value) in pairs)
                {
                    parameters.Add(new NpgsqlParameter(name, ForPostgres(value)));
                }

                return;
            default:
                foreach (var property in Properties.GetOrAdd(arguments.GetType(), type => type.GetProperties(BindingFlags.Public | BindingFlags.Instance)))
                {
                    parameters.Add(new NpgsqlParameter(property.Name, ForPostgres(property.GetValue(arguments))));
                }

                return;
        }
    }

    // timestamptz holds an instant, and Npgsql insists on hearing it in UTC. Enums are stored by name, as a row reads itself.
    private static object ForPostgres(object? value) => value switch
    {
        null => DBNull.Value,
        DateTimeOffset instant => instant.ToUniversalTime(),
        Enum name => name.ToString(),
        string text => AsText(text),
        string?[] texts => Array.ConvertAll(texts, text => text is null ? null : AsText(text)),
        _ => value,
    };

    /// <summary>
    /// PostgreSQL's text cannot hold the NUL character or half a surrogate pair, nor its jsonb the escape for NUL; a name or an answer from outside may, and must
    /// not stop a promotion.
    /// </summary>
    private static string AsText(string text) => WithWholePairs(WithoutNul(text));

    private static string WithWholePairs(string text) =>
        text.AsSpan().ContainsAnyInRange('\ud800', '\udfff') ? string.Concat(text.EnumerateRunes().Select(x => x.ToString())) : text;

    private static string WithoutNul(string text)
    {
        var plain = text.Contains('\0', StringComparison.Ordinal) ? text.Replace("\0", "", StringComparison.Ordinal) : text;
        return plain.Contains("\\u0000", StringComparison.Ordinal) ? EscapedNul().Replace(plain, "${kept}") : plain;
    }

    /// <summary>An even number of backslashes before it belongs to the text itself.</summary>
    [GeneratedRegex(@"(?<!\\)(?<kept>(\\\\)*)\\u0000", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex EscapedNul();
}
