using System.Xml.Linq;
using NUnit.Framework;
using Pipelines.Testing;

namespace Pipelines.Tests.Doors;

/// <summary>Which room may open which door. A new door needs a line in the decisions of <c>src/README.md</c>.</summary>
[TestFixture]
public sealed class DoorTests
{
    private static readonly Dictionary<string, string[]> Doors = new(StringComparer.Ordinal)
    {
        ["Pipelines.Service"] = ["Pipelines.Storage", "Pipelines.Engine", "Pipelines.Contracts", "Pipelines.NodeRed"],
        ["Pipelines.Storage"] = ["Pipelines.Engine", "Pipelines.Contracts", "Pipelines.NodeRed"],
        ["Pipelines.Engine"] = ["Pipelines.Contracts", "Pipelines.NodeRed"],
        ["Pipelines.Cli"] = ["Pipelines.Engine", "Pipelines.Contracts", "Pipelines.NodeRed"],
        ["Pipelines.Contracts"] = [],
        ["Pipelines.NodeRed"] = [],
    };

    /// <summary>Packages that a wall keeps in, and the rooms that may hold them.</summary>
    private static readonly (string Starts, string[] Rooms)[] Kept =
    [
        ("Npgsql.OpenTelemetry", ["Pipelines.Service"]),
        ("Npgsql", ["Pipelines.Storage"]),
        ("Dapper", ["Pipelines.Storage"]),
    ];

    public static IEnumerable<string> Rooms() =>
        Directory.EnumerateFiles(Path.Combine(Golden.Root, "src"), "*.csproj", SearchOption.AllDirectories).Select(x => Path.GetFileNameWithoutExtension(x)).Order();

    [TestCaseSource(nameof(Rooms))]
    public void A_room_opens_only_its_own_doors(string room)
    {
        Assert.That(Doors, Does.ContainKey(room), "A new room needs a line here and in src/README.md.");
        Assert.That(Read(room, "ProjectReference").Select(x => Path.GetFileNameWithoutExtension(x)), Is.SubsetOf(Doors[room]));
    }

    [TestCaseSource(nameof(Rooms))]
    public void A_package_stays_in_its_room(string room)
    {
        foreach (var package in Read(room, "PackageReference"))
        {
            var kept = Array.Find(Kept, x => package == x.Starts || package.StartsWith($"{x.Starts}.", StringComparison.Ordinal));
            Assert.That(kept.Rooms is null || kept.Rooms.Contains(room), $"{package} belongs to {string.Join(", ", kept.Rooms ?? [])}.");
        }
    }

    [Test]
    public void Integrators_get_messages_and_no_packages() => Assert.That(Read("Pipelines.Contracts", "PackageReference"), Is.Empty);

    [Test]
    public void The_rooms_that_must_be_there_are() =>
        Assert.That(Rooms(), Is.SupersetOf(Doors.Keys.Where(x => x != "Pipelines.Cli")));

    [Test]
    public void Nobody_in_the_house_knows_the_tests()
    {
        foreach (var room in Rooms())
        {
            Assert.That(Read(room, "ProjectReference"), Has.None.Contains("tests"), room);
        }
    }

    private static List<string> Read(string room, string element) =>
        [.. from reference in XDocument.Load(Path.Combine(Golden.Root, "src", room, $"{room}.csproj")).Descendants(element)
            where reference.Attribute("PrivateAssets")?.Value != "all"
            let name = reference.Attribute("Include")?.Value
            where name is not null
            select name.Replace('\\', '/')];
}
