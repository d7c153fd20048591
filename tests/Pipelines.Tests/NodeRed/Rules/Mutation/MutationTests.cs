using System.Collections.Concurrent;
using System.Diagnostics;
using System.Reflection;
using NUnit.Framework;
using NUnit.Framework.Interfaces;
using NUnit.Framework.Internal;
using NUnit.Framework.Internal.Builders;
using Pipelines.Testing;

namespace Pipelines.Tests.NodeRed.Rules.Mutation;

/// <summary>
/// Whether the tests of the rules would notice a broken rule: each small mistake in <c>Rules/</c> is switched on alone, and the tests that come by its code are run
/// until one fails. Those that none notices are in a golden file, to be looked at; a new one among them is a missing test.
/// </summary>
internal sealed class MutationTests
{
    // Random ones would notice something else each time, and golden files would be written by mutants.
    private static readonly string[] Left = [nameof(RobustnessTests), nameof(RuleBookTests), nameof(FixerTests.No_flows_are_broken_by_a_fix)];

    [Test]
    public void A_mistake_in_a_rule_is_noticed_by_its_tests()
    {
        var code = MutantAssembly.Build("src/Pipelines.NodeRed", "Rules/");
        var cases = Cases(code.Tests).ToList();
        Assert.That(cases, Has.Count.GreaterThan(100), "the tests of the rules");

        var covering = new Dictionary<int, List<(Case Test, long Took)>>();
        foreach (var test in cases)
        {
            // The first run pays for the compiler, the second tells how long it takes.
            var failure = Failure(test, code, 0, out _);
            Assert.That(failure, Is.Null, $"{test} fails without any mutant: {failure}");
            var since = Stopwatch.GetTimestamp();
            Failure(test, code, 0, out var seen);
            foreach (var mutant in seen)
            {
                (covering.TryGetValue(mutant, out var list) ? list : covering[mutant] = []).Add((test, Stopwatch.GetTimestamp() - since));
            }
        }

        var survivors = new ConcurrentBag<Mutant>();
        Parallel.ForEach(
            code.Mutants,
            new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount },
            mutant =>
            {
                var tests = covering.TryGetValue(mutant.Number, out var list) ? list.OrderBy(test => test.Took).Select(test => test.Test) : [];
                if (!tests.Any(test => Failure(test, code, mutant.Number, out _) is not null))
                {
                    survivors.Add(mutant);
                }
            });

        var noticed = code.Mutants.Count - survivors.Count;
        TestContext.Out.WriteLine($"{code.Mutants.Count} mutants, {noticed} noticed ({(double)noticed / code.Mutants.Count:P0})");
        Golden.Verify("tests/Pipelines.Tests/golden/mutants/rules.txt", string.Join('\n', survivors.Select(mutant => mutant.What).Order(StringComparer.Ordinal)));
    }

    private static IEnumerable<Case> Cases(Assembly tests) =>
        tests.GetTypes()
            .Where(type => type.Namespace == typeof(HaRuleTests).Namespace && !Left.Contains(type.Name) && type.GetMethods().Any(method => method.IsDefined(typeof(TestAttribute)) || method.IsDefined(typeof(TestCaseAttribute)) || method.IsDefined(typeof(TestCaseSourceAttribute))))
            .SelectMany(type => Leaves(new DefaultSuiteBuilder().BuildFrom(new TypeWrapper(type))));

    private static IEnumerable<Case> Leaves(ITest test) => test switch
    {
        TestMethod method => Left.Contains(method.MethodName) ? [] : [new Case(method)],
        _ => test.Tests.SelectMany(Leaves),
    };

    private static Exception? Failure(Case test, MutantAssembly code, int mutant, out IReadOnlySet<int> seen)
    {
        Exception? failure = null;
        seen = code.With(mutant, () =>
        {
            // Its asserts are not ours, nor those of the other thread.
            using var _ = new TestExecutionContext.IsolatedContext();
            TestExecutionContext.CurrentContext.CurrentResult = test.Test.MakeTestResult();
            try
            {
                test.Run();
            }
            catch (TargetInvocationException e)
            {
                failure = e.InnerException;
            }
        });
        return failure;
    }

    private sealed record Case(TestMethod Test)
    {
        public void Run()
        {
            var fixture = Activator.CreateInstance(Test.TypeInfo!.Type);
            Test.Method!.MethodInfo.Invoke(fixture, Test.Arguments);
        }

        public override string ToString() => Test.FullName;
    }
}
