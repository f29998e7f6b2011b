"""Runs a small unittest suite in the same process and prints the counts."""
import io
import unittest
from unittest import mock


class Cart:
    def __init__(self, prices):
        self.prices, self.items = prices, {}

    def add(self, name, count=1):
        if count < 1:
            raise ValueError("count must be positive")
        self.items[name] = self.items.get(name, 0) + count

    def total(self):
        return sum(self.prices(name) * count for name, count in self.items.items())


def double(n):
    return n * 2


class CartTest(unittest.TestCase):
    log = []

    @classmethod
    def setUpClass(cls):
        cls.log.append("class")

    def setUp(self):
        self.prices = mock.Mock(side_effect={"fig": 2, "nut": 5}.__getitem__)
        self.cart = Cart(self.prices)
        self.addCleanup(self.log.append, "cleanup")

    def tearDown(self):
        self.log.append("down")

    def test_total(self):
        self.cart.add("fig", 3)
        self.cart.add("nut")
        self.assertEqual(self.cart.total(), 11)
        self.assertEqual(self.prices.call_count, 2)
        self.prices.assert_any_call("nut")

    def test_errors(self):
        with self.assertRaisesRegex(ValueError, "positive"):
            self.cart.add("fig", 0)
        self.cart.add("plum")
        self.assertRaises(KeyError, self.cart.total)

    def test_assertions(self):
        self.assertAlmostEqual(0.1 + 0.2, 0.3)
        self.assertCountEqual([3, 1, 2], [1, 2, 3])
        self.assertIsInstance(self.cart, Cart)
        self.assertDictEqual({"a": 1}, {"a": 1})
        self.assertIn("b", "abc")
        self.assertGreater(2, 1)
        self.assertRegex("text", r"^te")

    def test_table(self):
        for n, expected in ((1, 1), (2, 4), (3, 8), (4, 16)):
            with self.subTest(n=n):
                self.assertEqual(n * n, expected)

    def test_wrong(self):
        self.assertEqual([1, 2], [1, 3], "on purpose")

    def test_broken(self):
        raise RuntimeError("on purpose")

    @unittest.skip("not today")
    def test_skipped(self):
        self.fail("never runs")

    def test_skips_itself(self):
        self.skipTest("decided late")

    @unittest.expectedFailure
    def test_known_bug(self):
        self.assertTrue(False)

    @unittest.expectedFailure
    def test_fixed_bug(self):
        self.assertTrue(True)


class AsyncTest(unittest.IsolatedAsyncioTestCase):
    async def test_await(self):
        helper = mock.AsyncMock(return_value=7)
        self.assertEqual(await helper("x"), 7)
        helper.assert_awaited_once_with("x")


class MockTest(unittest.TestCase):
    def test_patch(self):
        with mock.patch.object(Cart, "total", return_value=99) as total, mock.patch(f"{__name__}.double", side_effect=[5]):
            self.assertEqual((Cart(None).total(), double(1)), (99, 5))
        self.assertEqual(double(1), 2)
        total.assert_called_once_with()
        magic = mock.MagicMock(name="m")
        magic.a.b["k"].return_value = 1
        magic.__len__.return_value = 3
        self.assertEqual((len(magic), magic.a.b["k"](), magic.method(1, x=2)._mock_name), (3, 1, None))
        self.assertEqual(magic.method.call_args, mock.call(1, x=2))


def names(pairs):
    return sorted({case.id().split(".")[-1].split()[0] for case, _ in pairs})


loader = unittest.TestLoader()
suite = unittest.TestSuite(loader.loadTestsFromTestCase(case) for case in (CartTest, AsyncTest, MockTest))
print("cases", suite.countTestCases(), loader.getTestCaseNames(CartTest)[:3])
stream = io.StringIO()
result = unittest.TextTestRunner(stream=stream, verbosity=0).run(suite)
print("run", result.testsRun, "ok", result.wasSuccessful())
print("failures", len(result.failures), "errors", names(result.errors), "skipped", [reason for _, reason in result.skipped])
print("expected", len(result.expectedFailures), "unexpected", [case.id().split(".")[-1] for case in result.unexpectedSuccesses])
print(CartTest.log.count("down"), CartTest.log.count("cleanup"), CartTest.log[0], "on purpose" in result.failures[-1][1], "FAILED" in stream.getvalue())
