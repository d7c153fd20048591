using System.Text.RegularExpressions;
using NUnit.Framework;
using Pipelines.Testing;

namespace Pipelines.Tests.Doors;

/// <summary>An operator searches and alarms by a log line's number.</summary>
[TestFixture]
public sealed partial class LogNumberTests
{
    [Test]
    public void A_number_is_one_log_line()
    {
        var numbers = Directory.EnumerateFiles(Path.Combine(Golden.Root, "src"), "*.cs", SearchOption.AllDirectories)
            .Where(x => !x.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}", StringComparison.Ordinal))
            .SelectMany(file => Number().Matches(File.ReadAllText(file)).Select(x => (Number: x.Groups["number"].Value, File: Path.GetFileName(file))))
            .ToList();

        Assert.That(numbers, Is.Not.Empty);
        Assert.That(numbers.GroupBy(x => x.Number).Where(x => x.Count() > 1).Select(x => $"{x.Key}: {string.Join(", ", x.Select(line => line.File))}"), Is.Empty);
    }

    [GeneratedRegex(@"\[LoggerMessage\(\s*(?<number>\d+)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Number();
}
