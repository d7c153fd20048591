using System.Net.Sockets;
using Npgsql;

namespace Pipelines.Storage.Durable;

/// <summary>Tells "PostgreSQL is away for the moment" from "this statement is wrong".</summary>
internal static class PostgresTrouble
{
    public static bool IsTransient(Exception? exception)
    {
        for (var e = exception; e is not null; e = e.InnerException)
        {
            if (e is AggregateException many)
            {
                return many.InnerExceptions.Any(IsTransient);
            }

            if (e is PostgresException postgres)
            {
                return IsTransientState(postgres);
            }

            // Whatever else Npgsql throws is about the connection: refused, reset, timed out, pool exhausted.
            if (e is NpgsqlException)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>The same for a start, when also a host name may not resolve yet.</summary>
    public static bool IsAbsence(Exception exception) => IsTransient(exception) || exception is SocketException or TimeoutException or IOException;

    // Class 08 connection, 53 resources, 57 operator intervention (shutdown, starting up), 40 serialization and deadlock, 55P03 lock not available.
    private static bool IsTransientState(PostgresException e) =>
        e.IsTransient
        || e.SqlState.StartsWith("08", StringComparison.Ordinal)
        || e.SqlState.StartsWith("53", StringComparison.Ordinal)
        || e.SqlState.StartsWith("57P", StringComparison.Ordinal)
        || e.SqlState.StartsWith("40", StringComparison.Ordinal)
        || e.SqlState == PostgresErrorCodes.LockNotAvailable;
}
