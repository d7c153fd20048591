using System.Text.RegularExpressions;
using Npgsql;
using NUnit.Framework;
using Pipelines.Storage;

namespace Pipelines.DatabaseTests;

internal sealed partial class QueryTests
{
    private string _database = null!;

    public static IEnumerable<string> Names => Query.Names;

    [OneTimeSetUp]
    public async Task CreateAsync() => _database = await Cluster.NewMigratedDatabaseAsync();

    [TestCaseSource(nameof(Names))]
    public async Task PostgreSQL_prepares(string name)
    {
        var sql = Query.Load(name);
        var parameters = new List<string>();
        var positional = Parameter().Replace(sql, match =>
        {
            var at = parameters.IndexOf(match.Value);
            if (at < 0)
            {
                parameters.Add(match.Value);
                at = parameters.Count - 1;
            }

            return $"${at + 1}";
        });

        await using var connection = new NpgsqlConnection(_database);
        await connection.OpenAsync();
        // Tables themselves cannot be prepared, only made.
        var prepare = name == "migrations/ensure_table" ? sql : $"prepare p as {positional}; deallocate p";
#pragma warning disable CA2100
        await using var command = new NpgsqlCommand(prepare, connection);
#pragma warning restore CA2100
        Assert.That(async () => await command.ExecuteNonQueryAsync(), Throws.Nothing);
    }

    [TestCaseSource(nameof(Names))]
    public void The_first_line_says_why(string name) =>
        Assert.That(Query.Load(name).Split('\n')[0], Does.Match("^-- .{20,}[.]$"));

    [GeneratedRegex(@"(?<![:\w])@\w+", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Parameter();
}
