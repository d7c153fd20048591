using System.Collections.Concurrent;
using System.Reflection;
using Npgsql;

namespace Pipelines.Storage.Durable;

/// <summary>Turns <c>new { message_id = id }</c> into parameters, for the commands that Dapper does not make.</summary>
internal static class Parameters
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
        _ => value,
    };
}
